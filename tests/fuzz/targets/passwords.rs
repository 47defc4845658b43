//! New passwords, and the operator's list of those that nobody may choose.

use sspr::domain::{
    password::{CommonList, PasswordContext, PasswordPolicy, normalised},
    user::UserId,
};

use super::{text, texts};

/// What is taken lies within the bounds and is taken again; what is refused is never shown (N-08, D-02).
pub fn password(data: &[u8]) {
    let [typed, again, name] = texts(data);
    let again = if again.is_empty() { typed } else { again };
    let user_id = UserId::parse("jane@contoso.com").expect("an address");
    let context = PasswordContext::new(&user_id, name, "Contoso", &["contoso.com"], "sspr");
    let policy = PasswordPolicy::default();
    match policy.check(typed, again, &context, None) {
        Ok(password) => {
            let length = password.expose().chars().count();
            assert!((15..=256).contains(&length), "{length} code points");
            assert!(policy.check(password.expose(), password.expose(), &context, None).is_ok());
            assert!(!format!("{password:?}").contains(password.expose()));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            // Longer than any word of ours for a problem.
            let typed = typed.trim();
            assert!(typed.chars().count() < 15 || !format!("{problems:?}").contains(typed));
        }
    }
    if let Some(once) = normalised(typed, 256) {
        assert!(once.chars().count() <= 256);
        assert_eq!(normalised(&once, 256), Some(once));
    }
}

/// Every line of the list is refused, whatever its letters.
pub fn common_list(data: &[u8]) {
    let lines = || text(data).lines();
    let list = CommonList::from_lines(lines());
    for line in lines().map(|line| line.trim_end_matches(['\r', '\n'])).filter(|line| !line.is_empty()) {
        assert!(list.contains(line));
    }
    assert!(list.len() <= lines().count());
    assert_eq!(format!("{list:?}"), format!("CommonList({} entries)", list.len()));
}
