//! Administrators at their desks: signed in, with the portal open.

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    app::{Node, World},
    client::{Answer, Client},
};

/// Contoso's only global administrator.
pub const GLOBAL: &str = "globaladmin@contoso.com";
/// Another company's.
pub const ELSEWHERE: &str = "globaladmin@fabrikam.com";

/// Someone signed in.
pub struct Office<'w> {
    /// The world.
    pub world: &'w World,
    /// The browser.
    pub client: Client,
}

impl<'w> Office<'w> {
    /// One of the demo's people signs in.
    pub async fn of(world: &'w World, node: &Node, user_id: &str) -> Self {
        let client = Client::new(&node.url);
        let password = world.first_password(user_id);
        let fields = [("user_id", user_id), ("password", password.as_str())];
        let answer = client.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.location.as_deref(), Some("/"), "{answer:?}");
        Self { world, client }
    }

    /// The page of a user.
    pub async fn user(&self, user_id: &str) -> Answer {
        self.client.get(&path_of(self.world, user_id).await).await
    }

    /// Fills in the form of a user's page: what is not given stays as the page has it. Gives the answer, which is a review if all is well.
    pub async fn edit(&self, user_id: &str, fields: &[(&str, &str)]) -> Answer {
        let path = path_of(self.world, user_id).await;
        let page = self.client.get(&path).await;
        self.edit_page(&path, &page, fields).await
    }

    /// The same in a page that was opened before.
    pub async fn edit_page(&self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let hidden = page.hidden_fields(path).unwrap_or_else(|| panic!("no form for {path}: {}", page.body));
        let mut all = Vec::new();
        for name in ["display_name", "role", "alternate_email_address", "mobile_phone"] {
            let given = fields.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
            let was = hidden.iter().find(|(field, _)| *field == format!("was_{name}"));
            all.push((name, given.unwrap_or_else(|| was.unwrap().1.clone())));
        }
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.client.post_form(path, hidden, &all).await
    }

    /// Presses the button of a review, with these fields besides.
    pub async fn accept(&self, review: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
        let hidden =
            review.hidden_fields(action).unwrap_or_else(|| panic!("no review for {action}: {}", review.body));
        self.client.post_form(action, hidden, fields).await
    }

    /// Edits and accepts the review.
    pub async fn change(&self, user_id: &str, fields: &[(&str, &str)]) -> Answer {
        let review = self.edit(user_id, fields).await;
        assert_eq!(review.status, 200, "{review:?}");
        self.accept(&review, &path_of(self.world, user_id).await, &[]).await
    }

    /// Presses a button that has no fields, on the page of a user.
    pub async fn press(&self, user_id: &str, deed: &str) -> Answer {
        let path = path_of(self.world, user_id).await;
        let page = self.client.get(&path).await;
        self.accept(&page, &format!("{path}/{deed}"), &[]).await
    }

    /// Opens the page that asks before a deed, and confirms it.
    pub async fn confirm(&self, user_id: &str, deed: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("{}/{deed}", path_of(self.world, user_id).await);
        self.client.submit(&path, &path, fields).await
    }

    /// The proof of the password is older than ten minutes from now on.
    pub async fn grow_old(&self) {
        self.world.execute("update sessions set data = jsonb_set(data, '{proven}', to_jsonb((data->>'proven')::bigint - 601000000)) where data ? 'proven'").await;
    }
}

/// The row of a user.
pub async fn row_of(world: &World, user_id: &str) -> Uuid {
    sqlx::query("select id from users where user_id_normalised = lower($1)")
        .bind(user_id)
        .fetch_one(&world.pool)
        .await
        .unwrap()
        .get("id")
}

/// The path of a user's page.
pub async fn path_of(world: &World, user_id: &str) -> String {
    format!("/portal/users/{}", row_of(world, user_id).await)
}

impl World {
    /// More people of Contoso, `user1@contoso.com` and so on: users with an address of their own.
    pub async fn people(&self, n: i32) {
        for sql in [
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
             select gen_random_uuid(), c.id, 'user' || n || '@contoso.com', 'user' || n || '@contoso.com', 'User ' || n, 'user'
             from companies c, generate_series(1, $1) n where c.name = 'Contoso'",
            "insert into alternate_emails (user_id, position, address)
             select id, 0, split_part(user_id, '@', 1) || '@fabrikam.com' from users
             where display_name like 'User %' and substr(display_name, 6)::integer <= $1",
        ] {
            sqlx::query(sql).bind(n).execute(&self.pool).await.unwrap();
        }
    }
}
