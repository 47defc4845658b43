# demo: see src/language.rs
