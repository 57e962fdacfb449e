//! Links the addon so that it stays in the process once loaded: a worker thread that ends unloads its
//! addons, and our own threads would be left without their code.

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
