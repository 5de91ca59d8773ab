//! Builds again when a migration is added: the macro that embeds them only sees the ones it knew.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
