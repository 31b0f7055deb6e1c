//! Compiles the contracts without `protoc`.
use std::{env, fs, path::PathBuf};

fn main() -> anyhow::Result<()> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files = Vec::new();
    for service in fs::read_dir("botiferrous")? {
        for file in fs::read_dir(service?.path().join("v1"))? {
            files.push(file?.path());
        }
    }
    files.sort();

    let mut compiler = protox::Compiler::new(["."])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(files)?;
    // The bytes keep our own options; the prost types below drop them, and generated code needs none.
    fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;
    tonic_prost_build::configure()
        .build_transport(false) // `connect` is a method of ours; channels come from the runtime
        .codec_path("crate::codec::Codec")
        .compile_fds(compiler.file_descriptor_set())?;
    println!("cargo::rerun-if-changed=botiferrous");
    Ok(())
}
