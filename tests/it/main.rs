//! All tests that need more than one module: one binary, so that it links once.

mod pages;
