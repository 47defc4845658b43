//! The portal's list of users in a company of 10,000, a tenth of them administrators: the time of a page at the server, one
//! administrator at a time.

use sspr::demo::people;

use super::{
    Effort,
    client::{Connection, get, post, repeat},
    table::{Goal, Row, Table},
    world::{World, run},
};

/// The one who looks; the password is John's of the demo.
const BOSS: &str = "boss@large.example";

const PEOPLE: &str = "
insert into companies (id, name, default_region) values (gen_random_uuid(), 'Large', 'US');
insert into company_domains (domain, company_id) select 'large.example', id from companies where name = 'Large';
insert into users (id, company_id, user_id, user_id_normalised, display_name, role, password_hash, password_changed_at)
select gen_random_uuid(), c.id, 'boss@large.example', 'boss@large.example', 'The Boss', 'global_administrator', j.password_hash, now()
from companies c, users j where c.name = 'Large' and j.user_id_normalised = 'johnsmith@contoso.com';
insert into users (id, company_id, user_id, user_id_normalised, display_name, role, blocked_at, blocked_because)
select gen_random_uuid(), c.id, 'person' || n || '@large.example', 'person' || n || '@large.example',
       (array['Anna','Bo','Carla','Dan','Eve'])[n % 5 + 1] || ' ' || (array['Berg','Cole','Diaz','Ek'])[n % 4 + 1] || ' ' || n,
       case when n % 10 = 0 then (array['password_administrator','service_administrator','billing_administrator'])[n / 10 % 3 + 1] else 'user' end,
       case when n % 97 = 0 then now() end, case when n % 97 = 0 then 'administrator' end
from companies c, generate_series(1, 9999) n where c.name = 'Large';
insert into alternate_emails (user_id, position, address)
select u.id, 0, replace(u.user_id, '@large.example', '@mail.example') from users u
where u.user_id like '%@large.example' and u.user_id not like '%3@large.example';
insert into mobile_phones (user_id, number)
select u.id, '+1206' || lpad(substr(split_part(u.user_id, '@', 1), 7), 7, '0') from users u
where u.user_id like 'person%@large.example' and u.user_id not like '%7@large.example'";

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    run(&world.pool, PEOPLE).await;
    run(&world.pool, "vacuum analyze").await;
    let cookies = sign_in(world).await;
    let last: uuid::Uuid = sqlx::query_scalar(
        "select id from users where user_id like 'person%@large.example' order by user_id_normalised offset 9900 limit 1",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    let user = format!("/portal/users/{last}");
    let far = format!("/portal/users?after={last}");
    for (what, path) in [
        ("the list, its first page", "/portal/users"),
        ("the list, its last page", far.as_str()),
        ("a search that finds one of them", "/portal/users?search=person9876"),
        ("a search by digits of a number", "/portal/users?search=206+000+9876"),
        ("a search that finds 2,500", "/portal/users?search=berg"),
        ("a search that finds nobody", "/portal/users?search=nobody+at+all"),
        ("a filter by role", "/portal/users?role=service_administrator"),
        ("a filter by block", "/portal/users?blocked=yes"),
        ("who could not reset", "/portal/users?ready=no"),
        ("who could", "/portal/users?ready=yes"),
        ("doubtful", "/portal/users?ready=doubtful"),
        ("without a mobile phone", "/portal/users?ready=no_mobile_phone"),
        (
            "could not, blocked, by search and role",
            "/portal/users?search=berg&role=administrators&ready=no&blocked=yes",
        ),
        ("one user", user.as_str()),
    ] {
        let request = get(path, &cookies);
        let load = repeat(world.ours.address, 1, effort.stretch, &request, 200);
        let stretch = world.with_work(&world.ours, load).await;
        for (what, ours, goal) in [
            (format!("10,000 users: {what}, median"), stretch.p50, Goal::Most(50.0)),
            ("  99 of 100".to_owned(), stretch.p99, Goal::None),
            // Hardly depends on what else the machine does.
            ("  processor time of server and database".to_owned(), stretch.work / 1e3, Goal::None),
        ] {
            table.row(&Row { what: &what, bare: None, ours, unit: "ms", goal });
        }
    }
}

/// The cookies of the boss.
async fn sign_in(world: &World) -> String {
    let (visitor, token) = world.form("/sign-in").await;
    let password = people::first_password(&world.key, "johnsmith@contoso.com");
    let fields = [("form_token", token.as_str()), ("user_id", BOSS), ("password", password.as_str())];
    let mut connection = Connection::open(world.ours.address).await;
    let answer = connection.ask(&post("/sign-in", &visitor, world.number(), &fields)).await;
    let session = answer.cookie("sspr-account").unwrap_or_else(|| panic!("not signed in: {}", answer.text));
    format!("{visitor}; sspr-account={session}")
}
