//! Every page in every variant: axe-core finds nothing, nothing scrolls sideways, and what axe has no rule for (WCAG 2.2: 1.4.12,
//! 2.4.3, 2.5.8, 3.3.1, 3.3.7, 3.3.8, 4.1.3).

use crate::support::{
    app::World,
    browser::{Browser, Setup},
    gallery,
    walk::{JOHN, JOHN_PHONE, Walk},
};

/// What must be true of every page, as one script: a list of what is not.
const RULES: &str = r"
const wrong = [];
const shown = element => element.checkVisibility({visibilityProperty: true}) && element.getBoundingClientRect().width > 1;
const name = element => element.outerHTML.slice(0, 90);
if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
if (!document.title.includes(document.querySelector('h1').textContent)) wrong.push('the title does not say the heading');
for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (field.getAttribute('aria-hidden') === 'true') continue;
    if (!field.labels.length) wrong.push('no label: ' + name(field));
    if (field.type !== 'radio' && !field.autocomplete) wrong.push('no autocomplete: ' + name(field));
    if (field.getAttribute('aria-invalid') === 'true') {
        const told = (field.getAttribute('aria-describedby') || '').split(' ').map(id => document.getElementById(id));
        if (!told.length || told.some(element => !element)) wrong.push('not described: ' + name(field));
    }
}
const words = {user_id: 'username', password: 'current-password', current_password: 'current-password',
    new_password: 'new-password', confirm_password: 'new-password', code: 'one-time-code', captcha: 'off'};
// In the console it is somebody else's.
if (document.body.classList.contains('portal')) delete words.user_id;
for (const [field, token] of Object.entries(words)) {
    const found = document.querySelector('#' + field);
    if (found && found.autocomplete !== token) wrong.push('autocomplete of ' + field + ' is ' + found.autocomplete);
}
for (const target of document.querySelectorAll('a[href], button, input:not([type=hidden])')) {
    if (!shown(target) || target.matches('.skip, p a, li a:not(.ways a), dd a, .body a')) continue;
    const box = target.getBoundingClientRect();
    if (box.width < 24 || box.height < 24) wrong.push('smaller than 24 pixels: ' + name(target));
}
const summary = document.querySelector('[role=alert]');
if (summary) {
    if (document.activeElement !== summary) wrong.push('the focus is not on the summary: ' + name(document.activeElement));
    for (const link of summary.querySelectorAll('a')) {
        const field = document.querySelector(link.getAttribute('href'));
        if (!field) wrong.push('leads nowhere: ' + name(link));
    }
    if (!document.title.startsWith('Error:')) wrong.push('the title does not say that there is an error');
} else if (document.querySelector('.field-problem')) wrong.push('a problem without a summary');
for (const mark of document.querySelectorAll('.notice')) {
    if (mark.textContent && location.search && mark.getAttribute('role') !== 'status') wrong.push('not announced: ' + name(mark));
}
if (!document.querySelector('footer a[href=\'/contact-administrator\']')) wrong.push('no help at the foot');
return wrong;
";

/// The text spacing that 1.4.12 asks for, and then: what is cut off, what lies over the window's edge.
const SPACING: &str = r"
const sheet = new CSSStyleSheet();
sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }');
document.adoptedStyleSheets = [sheet];
const wrong = [];
for (const element of document.querySelectorAll('main *, header *, footer *')) {
    const style = getComputedStyle(element);
    // A field's text moves under the caret; that is how fields work.
    if (element.closest('.visually-hidden, .rows thead, .steps, audio, input') || style.overflow === 'visible') continue;
    if (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
        wrong.push('cut off: ' + element.outerHTML.slice(0, 90));
}
if (document.documentElement.scrollWidth > innerWidth) wrong.push('scrolls sideways');
document.adoptedStyleSheets = [];
return wrong;
";

/// Waits until a summary of mistakes has the focus: a browser gives it with the first picture that it draws, which a busy machine may
/// owe for a while. Whether it has it is then judged with the rest.
async fn settled(browser: &Browser) {
    const FOCUSED: &str = "const summary = document.querySelector('[role=alert]');
return !summary || document.activeElement === summary;";
    for _ in 0..100 {
        if browser.run(FOCUSED, vec![]).await == true {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Looks at a page in both widths and both schemes.
struct Eyes(Vec<String>);

impl Eyes {
    async fn look(&mut self, browser: &Browser, name: &str) {
        settled(browser).await;
        self.rules(browser, name, RULES).await;
        for width in [1280, 320] {
            browser.set_size(width, 900).await;
            for violation in browser.axe().await {
                self.0.push(format!("{name} at {width}: {violation}"));
            }
            if browser.overflows_sideways().await {
                self.0.push(format!("{name} at {width}: scrolls sideways"));
            }
            self.rules(browser, name, SPACING).await;
        }
        browser.set_size(1280, 900).await;
    }

    async fn rules(&mut self, browser: &Browser, name: &str, script: &str) {
        let wrong = browser.run(script, vec![]).await;
        self.0.extend(wrong.as_array().unwrap().iter().map(|wrong| format!("{name}: {wrong}")));
    }

    fn see_nothing_wrong(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

#[tokio::test]
async fn sign_in_and_the_first_steps_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::entrance(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn the_steps_with_an_attempt_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::wizard(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn all_ends_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::ends(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn the_users_pages_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::users::users(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await)
        .await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn the_pages_of_limits_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::users::limits(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await)
        .await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn the_account_the_errors_and_the_outbox_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::account(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    gallery::errors(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    gallery::outbox(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn resets_by_administrators_readiness_and_the_company_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::console(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn the_own_account_in_all_its_states_and_the_requests_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::desk::own_account(&browser, async |browser: &Browser, name: &str| {
        eyes.look(browser, name).await;
    })
    .await;
    browser.forget_cookies().await;
    gallery::desk::requests(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await)
        .await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn what_waits_for_a_second_pair_of_eyes_is_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::approvals(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn the_audit_log_is_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::audit(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

#[tokio::test]
async fn the_pages_of_messages_are_accessible() {
    let browser = Setup::default().start().await;
    let mut eyes = Eyes(Vec::new());
    gallery::messages(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    browser.forget_cookies().await;
    gallery::incidents(&browser, async |browser: &Browser, name: &str| eyes.look(browser, name).await).await;
    eyes.see_nothing_wrong();
}

/// Someone in front of the page for the code.
async fn in_front_of_the_code(world: &World, setup: Setup) -> (Browser, String) {
    let node = world.node().await;
    let walk = Walk::new(world, &node);
    walk.up_to_code().await;
    let browser = setup.start().await;
    browser.take_cookies_of(&walk.client).await;
    browser.open(&format!("{}/reset/security-code", node.url)).await;
    // The node has to live as long as the test.
    std::mem::forget(node);
    (browser, walk.code().await)
}

#[tokio::test] // 2.4.3: without script the summary has the focus by an attribute
async fn the_error_summary_has_the_focus_with_and_without_script() {
    for setup in [Setup::default(), Setup::default().without_script()] {
        let world = World::new().await;
        let (browser, _) = in_front_of_the_code(&world, setup).await;
        browser.press("Next").await;
        let focused = browser.run("return document.activeElement.getAttribute('role')", vec![]).await;
        assert_eq!(focused, "alert");
        browser.follow("Enter the security code from the text message.").await;
        assert_eq!(browser.focused().await, "Security code");
    }
}

#[tokio::test] // 2.1.1, 2.4.3
async fn by_the_tab_key_everything_is_reached_in_the_order_of_the_page() {
    let world = World::new().await;
    let (browser, _) = in_front_of_the_code(&world, Setup::default()).await;
    let mut order = Vec::new();
    for _ in 0..8 {
        browser.keys("\u{e004}").await;
        let focus = "const element = document.activeElement;
            return element.labels?.[0]?.textContent ?? element.textContent.trim()";
        order.push(browser.run(focus, vec![]).await.as_str().unwrap().to_owned());
    }
    let expected = [
        "Skip to main content",
        "demo outbox",
        "Self-service password reset",
        "Security code",
        "Next",
        "Send a new code",
        "contact your administrator",
        "Contact your administrator",
    ];
    assert_eq!(order, expected);
    let ring = "return getComputedStyle(document.activeElement).outlineStyle !== 'none'";
    assert_eq!(browser.run(ring, vec![]).await, true, "2.4.7: the focus is seen");
}

#[tokio::test] // 3.3.8
async fn the_whole_text_message_can_be_pasted() {
    let world = World::new().await;
    let (browser, _) = in_front_of_the_code(&world, Setup::default()).await;
    let sms = world.sms_to(JOHN_PHONE).await.text;
    let paste = "const field = document.querySelector('#code'); field.focus();
        return document.execCommand('insertText', false, arguments[0])";
    assert_eq!(browser.run(paste, vec![sms.into()]).await, true);
    browser.press("Next").await;
    assert_eq!(browser.heading().await, "Create a new password");
}

#[tokio::test] // WCAG 4.1.2, N-10
async fn a_shown_password_is_hidden_again_as_it_is_sent() {
    let world = World::new().await;
    let node = world.node().await;
    let browser = Setup::default().start().await;
    browser.open(&format!("{}/sign-in", node.url)).await;
    let kind = "return document.querySelector('#password').type";
    let state = "return document.querySelector('[aria-pressed]').getAttribute('aria-pressed')";
    browser.fill("Password", "a wrong one").await;
    assert_eq!(
        (browser.run(kind, vec![]).await, browser.run(state, vec![]).await),
        ("password".into(), "false".into())
    );
    browser.press("Show password").await;
    assert_eq!(
        (browser.run(kind, vec![]).await, browser.run(state, vec![]).await),
        ("text".into(), "true".into())
    );
    browser.press("Show password").await;
    assert_eq!(browser.run(kind, vec![]).await, "password");
    browser.press("Show password").await;
    browser.fill("User ID", JOHN).await;
    // What the field is at the moment of sending, after the page's own listeners.
    let watch = "addEventListener('submit', () => sessionStorage.setItem('kind', document.querySelector('#password').type))";
    browser.run(watch, vec![]).await;
    browser.press("Sign in").await;
    assert_eq!(browser.run("return sessionStorage.getItem('kind')", vec![]).await, "password");
    assert_eq!(browser.value("Password").await, "");
}

#[tokio::test] // 2.2.1, 4.1.3
async fn the_countdown_is_text_and_says_when_little_time_is_left() {
    let world = World::new().await;
    let (browser, _) = in_front_of_the_code(&world, Setup::default()).await;
    let clock = "const text = document.querySelector('[data-clock]').textContent;
        return /^(10:00|9:5\\d)$/.test(text) || text";
    assert_eq!(browser.run(clock, vec![]).await, true);
    assert!(browser.text().await.contains("The code is good until"));
    let status = "return document.querySelector('[data-say]').getAttribute('role') === 'status'
        && document.querySelector('[data-say]').textContent === ''";
    assert_eq!(browser.run(status, vec![]).await, true);
    // The page's clock is set forward: so many seconds before the end.
    let left = "window.real ??= Date.now.bind(Date);
        const end = Date.parse(document.querySelector('[data-countdown]').dataset.deadline);
        const ahead = end - real() - arguments[0] * 1000;
        Date.now = () => real() + ahead";
    for (seconds, words) in [(122, "2 minutes left"), (62, "1 minute left"), (22, "20 seconds left")] {
        browser.run(left, vec![seconds.into()]).await;
        let said = format!("return document.querySelector('[data-say]').textContent === '{words}'");
        browser.wait_until(words, &said).await;
    }
    browser.run(left, vec![1.into()]).await;
    browser.wait_until("the end", "return document.querySelector('[data-over]').checkVisibility()").await;
    world.execute("update reset_attempts set code_expires_at = now() - interval '1 s'").await;
    browser.follow("See what you can do now").await;
    assert_eq!(browser.heading().await, "The time for this reset is over");
}

#[tokio::test]
async fn the_demo_outbox_shows_a_new_message_by_itself_and_its_link_opens() {
    let world = World::new().await;
    let node = world.node().await;
    let watching = Setup::default().start().await;
    watching.open(&format!("{}/demo/outbox", node.url)).await;
    assert!(watching.text().await.contains("No e-mail yet."));
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    watching.wait_until("the mail", "return document.querySelectorAll('.mail').length === 1").await;
    walk.client
        .submit("/reset/verify-user", "/reset/verify-user", &[("user_id", "globaladmin@contoso.com")])
        .await;
    watching.wait_until("the second mail", "return document.querySelectorAll('.mail').length === 2").await;
    let first = watching.text_of(".mail dd:last-of-type").await;
    assert!(first.is_some());
    let newest = watching.text_of(".mail").await.unwrap();
    assert!(newest.contains("globaladmin@fabrikam.com"), "the newest is on top: {newest}");
    // Side by side at 1280 pixels.
    let beside = "const [mail, phone] = ['section:first-of-type', '.phone'].map(css => document.querySelector('.outbox ' + css).getBoundingClientRect());
        return mail.right <= phone.left && Math.abs(mail.top - phone.top) < 20";
    assert_eq!(watching.run(beside, vec![]).await, true);
    watching.take_cookies_of(&walk.client).await;
    let link = watching.text_of(".mail .body a").await.unwrap();
    watching.follow_into_new_tab(&link).await;
    watching.wait_for_heading("Mobile phone verification").await;
}
