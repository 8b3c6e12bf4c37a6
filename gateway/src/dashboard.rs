//! The page at `/` and the built client at `/client/`, both embedded in the program.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::fmt::Write as _;

/// What the page's own build puts into `web-demo/dist`.
#[derive(RustEmbed)]
#[folder = "../web-demo/dist"]
#[allow_missing = true]
struct Page;

/// What the client's build puts into `wasm-client/pkg`.
#[derive(RustEmbed)]
#[folder = "../wasm-client/pkg"]
#[allow_missing = true]
struct Client;

/// Files whose names change with their content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Files to ask about before they are used again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Wharf</title>\
    <h1>Wharf is running</h1><p>This gateway was built without its page. Build it with <code>npm run build</code>, \
    which puts the page in and makes <code>target/release/wharf</code>.</p></html>";

/// The page, its assets, and the client.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(index))
        .route("/favicon.svg", get(async |headers: HeaderMap| page_file("favicon.svg", ASK_AGAIN, &headers)))
        .route(
            "/assets/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| {
                page_file(&format!("assets/{path}"), FOREVER, &headers)
            }),
        )
        .route(
            "/client/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| client_file(&path, &headers)),
        )
}

async fn index(headers: HeaderMap) -> Response {
    match Page::get("index.html") {
        Some(file) => serve("index.html", file, ASK_AGAIN, &headers),
        None => Html(NO_PAGE).into_response(),
    }
}

fn page_file(path: &str, caching: HeaderValue, headers: &HeaderMap) -> Response {
    Page::get(path).map_or_else(not_found, |file| serve(path, file, caching, headers))
}

/// Pages of any site may import the client: it holds no secret, and what it may do is decided at the upgrade.
fn client_file(path: &str, headers: &HeaderMap) -> Response {
    let mut response = Client::get(path).map_or_else(not_found, |file| serve(path, file, ASK_AGAIN, headers));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(policy, HeaderValue::from_static("cross-origin"));
    response
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "there is no such file\n").into_response()
}

fn serve(path: &str, file: EmbeddedFile, caching: HeaderValue, headers: &HeaderMap) -> Response {
    let tag = entity_tag(&file);
    let known = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|value| value.split(',')).any(|value| value.trim().trim_start_matches("W/") == tag);
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => file.data.into_owned().into_response(),
    };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    answer.insert(header::CACHE_CONTROL, caching);
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = tag.parse() {
        answer.insert(header::ETAG, tag);
    }
    response
}

/// A strong validator: the start of the content's hash is enough to tell builds apart.
fn entity_tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for octet in file.metadata.sha256_hash().iter().take(16) {
        let _ = write!(tag, "{octet:02x}"); // a String takes everything
    }
    tag.push('"');
    tag
}

/// The few kinds of files that our builds make. A table of all media types would take `.ts` for a video.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("ts" | "md" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
