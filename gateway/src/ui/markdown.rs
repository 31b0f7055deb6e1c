//! The model's words as HTML: Markdown by comrak, then cleaned by ammonia as if an enemy had written them.
use std::{collections::HashSet, sync::LazyLock};

use ammonia::Builder;

/// Renders text that may hold anything. What comes out has no scripts, forms, ids, styles, remote images or attributes
/// that the page's own scripts read.
pub fn render(text: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.render.escape = true; // markup that a model writes is shown, not dropped
    let html = comrak::markdown_to_html(text, &options);
    // htmx rewrites `<hx-` before any parser sees it, even inside attribute values; ammonia escapes those, and this
    // makes sure of it.
    CLEANER.clean(&html).to_string().replace("<hx-", "&lt;hx-")
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> = [
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
    .into();
    let mut cleaner = Builder::empty();
    cleaner
        .tags(tags)
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(["http", "https"].into())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank");
    cleaner
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html() {
        let html = render("# T\n\n- **a**\n- `b`\n\n|x|\n|-|\n|1|\n");
        for part in [
            "<h1>T</h1>",
            "<strong>a</strong>",
            "<code>b</code>",
            "<td>1</td>",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }

    #[test]
    fn hostile_text_is_disarmed() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](http://evil.test/?d=1)",
            "[x](javascript:alert(1))",
            "<a href=\"java\nscript:alert(1)\">x</a>",
            "<div hx-get=\"/x\" hx-trigger=\"load\">x</div>",
            "<hx-partial hx-target=\"#msg\">x</hx-partial>",
            "<template hx type=\"partial\">x</template>",
            "<a href=\"https://a.test\" title=\"<hx-partial hx-get=/x y=\" id=\"msg\" style=\"x\" data-hx-get=\"/x\">x</a>",
            "<form action=\"/task\" method=\"post\"><button>x</button></form>",
            "<svg onload=alert(1)>",
            "<math><mi xlink:href=\"javascript:x\">",
            "<iframe src=//evil.test>",
            "<p hx-swap-oob=\"true\" id=\"todo-list\">x</p>",
            "[x](//evil.test)",
            "[x](data:text/html,x)",
        ] {
            let html = render(text);
            let tags: Vec<&str> = html
                .split('<')
                .skip(1)
                .map(|tag| tag.split('>').next().unwrap_or_default())
                .collect();
            for bad in [
                "script",
                "onerror",
                "img",
                "javascript:",
                "div",
                "hx-",
                "template",
                "data-hx",
                " id=",
                "style=",
                "form",
                "svg",
                "math",
                "iframe",
                "\"//",
                "data:text",
                "title=",
            ] {
                assert!(!tags.iter().any(|tag| tag.contains(bad)), "{bad} in {html}");
            }
        }
    }
}
