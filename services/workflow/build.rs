//! Lists the built-in workflows, so that adding one is adding a file and no line of Rust.
use std::{env, fmt::Write as _, fs, path::PathBuf};

fn main() -> anyhow::Result<()> {
    println!("cargo::rerun-if-changed=workflows");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("workflows");
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        files.push(file?.path());
    }
    files.sort();

    let mut list = String::from("&[\n");
    for file in files
        .iter()
        .filter(|f| f.extension().is_some_and(|e| e == "toml"))
    {
        let name = file.file_stem().unwrap_or_default().display();
        writeln!(
            list,
            "(\"{name}\", include_str!({:?})),",
            file.display().to_string()
        )?;
    }
    list.push(']');
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("built_in.rs"),
        list,
    )?;
    Ok(())
}
