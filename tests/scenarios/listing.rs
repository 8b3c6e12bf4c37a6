//! Lists of the management API: searching, sorting, choosing columns, pages.

use acceptance::{Server, encode_component};
use serde_json::{Value, json};

fn list(server: &Server, target: &str) -> Value {
    let response = server.api("GET", target);
    assert_eq!(response.status, 200, "{target}: {}", response.text());
    response.json()
}

fn names(rows: &Value) -> Vec<&str> {
    rows.as_array().expect("a list").iter().map(|row| row["name"].as_str().expect("a name")).collect()
}

fn with_queues(names: &[&str]) -> Server {
    let server = Server::start();
    for name in names {
        assert_eq!(server.api("PUT", &format!("/api/queues/%2F/{}", encode_component(name))).status, 201);
    }
    server
}

#[test]
fn queues_are_searched_for_sorted_and_paged() {
    let server = with_queues(&["orders.eu", "orders.us", "mails"]);
    let mut client = server.client();
    for _ in 0..2 {
        client.publish("/queue/mails", "x");
    }
    client.publish("/queue/orders.us", "x");
    assert_eq!(names(&list(&server, "/api/queues/%2F?name=ORDERS")), ["orders.eu", "orders.us"]);
    assert_eq!(names(&list(&server, "/api/queues?name=s$&use_regex=true")), ["mails", "orders.us"]);
    let sorted = list(&server, "/api/queues/%2F?sort=messages_ready&sort_reverse=true");
    assert_eq!(names(&sorted), ["mails", "orders.us", "orders.eu"]);
    let page = list(&server, "/api/queues/%2F?page=2&page_size=2&sort=name&columns=name,message_stats.publish");
    let items = json!([{ "name": "orders.us", "message_stats": { "publish": 1 } }]);
    assert_eq!(
        page,
        json!({
            "page": 2, "page_size": 2, "page_count": 2,
            "item_count": 1, "filtered_count": 3, "total_count": 3, "items": items,
        })
    );
}

#[test]
fn every_list_can_do_it() {
    let server = with_queues(&["q"]);
    let mut client = server.client();
    client.subscribe("1", "/queue/q", &[]);
    let lists = [
        "queues",
        "queues/%2F",
        "exchanges",
        "exchanges/%2F",
        "connections",
        "vhosts/%2F/connections",
        "vhosts",
        "consumers",
        "consumers/%2F",
        "bindings",
        "bindings/%2F",
        "queues/%2F/q/bindings",
        "exchanges/%2F/amq.default/bindings/source",
    ];
    for path in lists {
        let page = list(&server, &format!("/api/{path}?page=1&page_size=1"));
        assert_eq!(page["item_count"], 1, "{path}: {page}");
        let all = list(&server, &format!("/api/{path}")).as_array().map_or(0, Vec::len);
        assert_eq!(page["total_count"], all, "{path}");
        assert_eq!(list(&server, &format!("/api/{path}?name=none-of-this-name")), json!([]), "{path}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    let server = Server::start();
    for (query, said) in [
        ("page=0", "page"),
        ("page=2", "page"),
        ("page=x", "page"),
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
        ("name=(&use_regex=true", "name"),
        ("use_regex=perhaps", "use_regex"),
    ] {
        let response = server.api("GET", &format!("/api/queues/%2F?{query}"));
        assert_eq!(response.status, 400, "{query}");
        let body = response.json();
        assert!(body["reason"].as_str().is_some_and(|reason| reason.contains(said)), "{query}: {body}");
    }
}
