//! The route table as the server's source has it, so that a new route fails the tests until somebody gave it a place.

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// As axum reads it, with `{token}`.
    pub path: String,
    /// Answers GET and HEAD.
    pub get: bool,
    /// Answers POST.
    pub post: bool,
}

/// All of them, the demo's pages included.
pub fn all() -> Vec<Route> {
    let sources = [include_str!("../../../src/server.rs"), include_str!("../../../src/demo/outbox_page.rs")];
    let mut routes = Vec::new();
    for source in sources {
        for call in source.split(".route(").skip(1) {
            let path = call.split('"').nth(1).unwrap().to_owned();
            let handlers = call.split_once(',').unwrap().1;
            // Up to the end of this call: the next one, or the end of the chain.
            let end = handlers.find(".layer(").or_else(|| handlers.find(';')).unwrap_or(handlers.len());
            let handlers = &handlers[..end];
            let route = Route {
                path,
                get: handlers.trim_start().starts_with("get("),
                post: handlers.trim_start().starts_with("post(") || handlers.contains(").post("),
            };
            assert!(route.get || route.post, "a route that these tests can't read: {route:?}");
            routes.push(route);
        }
    }
    assert!(routes.len() >= 25, "the table was not found: {routes:?}");
    routes
}

impl Route {
    /// An address of this route, with `what` where it has a place for something.
    pub fn with(&self, what: &str) -> String {
        match (self.path.find('{'), self.path.find('}')) {
            (Some(from), Some(to)) => format!("{}{what}{}", &self.path[..from], &self.path[to + 1..]),
            _ => self.path.clone(),
        }
    }

    /// Whether it has such a place.
    pub fn takes_something(&self) -> bool {
        self.path.contains('{')
    }
}
