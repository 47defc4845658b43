# common: see src/language.rs
