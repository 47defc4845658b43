# wizard: see src/language.rs
