//! Each rule with what it accepts and what it refuses.

mod acceptance;
mod acquisition;
mod authority;
mod canary;
mod claim_rules;
mod form_rules;
mod key_rules;
mod sources;
mod world;
