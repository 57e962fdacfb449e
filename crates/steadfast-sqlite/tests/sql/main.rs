//! SQL of Durable Objects over pages in memory. Results and messages are those that the real runtime
//! gave for the same text.

mod exec;
mod limits;
mod memory;
mod messages;
mod plain_files;
mod programs;
mod rules;
mod transactions;
