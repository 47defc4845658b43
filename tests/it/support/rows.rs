//! Every row of every table, as text: what a request changed, and that it changed nothing.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgPool, Row as _};

/// All tables that the service writes.
const TABLES: [&str; 19] = [
    "companies",
    "users",
    "alternate_emails",
    "mobile_phones",
    "reset_attempts",
    "reset_tokens",
    "spent_challenges",
    "budgets",
    "sessions",
    "outbox",
    "audit_events",
    "contact_requests",
    "contact_intake",
    "reset_batches",
    "reset_batch_items",
    "failures_in_a_row",
    "sign_in_places",
    "incidents",
    "pending_changes",
];

/// The rows at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows(BTreeMap<&'static str, Vec<String>>);

/// How many rows of a table are gone and how many are new. A changed row is one of each.
pub type Changes = BTreeMap<&'static str, (usize, usize)>;

impl Rows {
    /// Reads them. `sessions.seen_at` aside: it says only that someone looked.
    pub async fn read(pool: &PgPool) -> Self {
        let all: Vec<String> = TABLES
            .iter()
            .enumerate()
            .map(|(place, table)| {
                let row = if *table == "sessions" { "to_jsonb(t) - 'seen_at'" } else { "t" };
                format!("select {place} as place, ({row})::text as row from {table} t")
            })
            .collect();
        // Names of ours only.
        let found = sqlx::query(AssertSqlSafe(all.join(" union all ")))
            .persistent(true)
            .fetch_all(pool)
            .await
            .unwrap();
        let mut rows: BTreeMap<&'static str, Vec<String>> =
            TABLES.iter().map(|table| (*table, Vec::new())).collect();
        for row in found {
            let place = usize::try_from(row.get::<i32, _>("place")).unwrap();
            rows.get_mut(TABLES[place]).unwrap().push(row.get("row"));
        }
        for rows in rows.values_mut() {
            rows.sort_unstable();
        }
        Self(rows)
    }

    /// What became of them; tables without a change are left out.
    pub fn changes(&self, after: &Self) -> Changes {
        let missing = |from: &[String], other: &[String]| {
            from.iter().filter(|row| other.binary_search(row).is_err()).count()
        };
        self.0
            .iter()
            .map(|(table, before)| {
                let after = &after.0[table];
                (*table, (missing(before, after), missing(after, before)))
            })
            .filter(|(_, change)| *change != (0, 0))
            .collect()
    }
}

#[tokio::test]
async fn a_table_that_no_dump_reads_would_hide_what_a_request_changes() {
    let world = super::app::World::new().await;
    let mut there: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    // Written by operators and migrations only; or by the sealer, at any moment, as audit_events tells.
    let others = ["company_domains", "installation", "_sqlx_migrations", "audit_seals", "audit_unsealed"];
    there.retain(|table| !others.contains(&table.as_str()));
    there.sort_unstable();
    let mut read = TABLES.to_vec();
    read.sort_unstable();
    assert_eq!(there, read);
}
