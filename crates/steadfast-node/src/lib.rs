//! Node-API shell.
