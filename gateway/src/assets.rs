//! Stylesheets, scripts and icons: part of the binary, addressed with a hash of what is in them, kept by browsers for
//! as long as the address stays the same. Nothing is loaded from elsewhere.
use axum::{
    extract::Path,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// Returns the address of an asset, such as `/static/app.js?v=0123abcd`.
pub fn href(path: &str) -> String {
    let hash = Assets::get(path).map_or(0, |file| {
        let h = file.metadata.sha256_hash();
        u32::from_be_bytes([h[0], h[1], h[2], h[3]])
    });
    format!("/static/{path}?v={hash:08x}")
}

/// Serves an asset.
pub async fn serve(Path(path): Path<String>) -> Response {
    let Some(file) = Assets::get(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, file.data).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_changes_with_what_is_behind_it() {
        assert_ne!(
            href("app.js").split_once("?v="),
            Some(("/static/app.js", "00000000"))
        );
        assert!(href("nowhere.js").ends_with("?v=00000000"));
    }
}
