//! A node that dies while it carries a change out has done all of it or nothing.

use serde_json::json;

use super::{Board, NEW, OLD};
use crate::support::{
    http_server::TwilioServer,
    process::Service,
    proxy::{At, Moment, Proxy},
    smtp_server::SmtpServer,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_while_it_carries_a_change_out_has_done_all_of_it_or_nothing() {
    let (mail, sms) = (SmtpServer::start(json!({})).await, TwilioServer::start().await);
    for (at, moment, done) in [
        // The address is changed, its notices are not queued yet.
        (At::Sync("insert into outbox", 1), Moment::Before, false),
        (At::Sync("update pending_changes set state", 2), Moment::Before, false),
        (At::Sync("update pending_changes set state", 2), Moment::After, false),
    ] {
        let board = Board::new("after_hold").await;
        let world = &board.stage.world;
        world.execute("update installation set demo = false").await;
        let change = board.asks_for_address().await;
        world.execute("delete from outbox").await;
        let proxy = Proxy::to(&world.database.url()).await;
        let service = Service::start(proxy.url(), &mail, &sms).await;
        proxy.arm(at, moment, Some(service.killer()));
        board.passes(3 * 3600).await;
        assert!(!service.end().await.success());
        assert!(proxy.tripped());
        proxy.gone().await;
        let left = (board.address().await, board.state(change).await.0);
        let whole =
            if done { (NEW.to_owned(), "done".to_owned()) } else { (OLD.to_owned(), "waiting".to_owned()) };
        assert_eq!(left, whole, "{at:?} {moment:?}");
        // Another node goes on, once.
        assert_eq!(board.looks().await, 1);
        assert_eq!(board.looks().await, 0);
        assert_eq!((board.address().await, board.state(change).await.0), (NEW.to_owned(), "done".to_owned()));
        assert_eq!(board.events("user_changed").await, 1);
        assert_eq!(board.events("change_carried_out").await, 1);
        assert_eq!(world.count("select count(*) from outbox where message->>'kind' = 'contact_changed' and recipient = 'bob@home.example'").await, 1);
    }
}
