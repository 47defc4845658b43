# account: see src/language.rs
