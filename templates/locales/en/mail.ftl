# mail: see src/language.rs
