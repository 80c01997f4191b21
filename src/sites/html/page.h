// Page: what the judge needs to know of one HTML page, flat and in document order, from one pass of the
// tokenizer.
//
// No tree is built. A stack of open elements, bounded by PageLimits::depth, gives every item its path
// ("html/body/div.main/p") and tells whether a visitor can see it. Input is hostile: time is linear in its
// length, every list is bounded, and what a bound cut off is counted in Page::cut.
//
// Views point into `body` (when it is UTF-8 already) or into storage of the Page: keep both as long as the
// views. Pure, no I/O; any thread, one Page at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::sites {

// Why a visitor does not see something. The state is inherited: an element inside a hidden one is hidden.
enum Hidden : std::uint16_t {
  kVisible = 0,
  kHiddenAttribute = 1 << 0,   // hidden, or input type=hidden
  kDisplayNone = 1 << 1,       // inline style
  kVisibilityHidden = 1 << 2,  // inline style: visibility:hidden or collapse
  kTransparent = 1 << 3,       // opacity below 0.05, or colour transparent
  kTinyFont = 1 << 4,          // font-size at most 1px
  kOffScreen = 1 << 5,         // positioned or indented at least 900px away to the left or top
  kZeroSize = 1 << 6,          // width or height at most 1px, also as attribute
  kSameColour = 1 << 7,        // text colour equals the background given on it or around it
  kClipped = 1 << 8,           // clip or clip-path that leaves nothing
  kHiddenByClass = 1 << 9,     // a style block of this page hides the class or id: common for menus
  kNotRendered = 1 << 10,      // inside template or noscript
};
// Hidden by means that a page's own markup seldom needs: what spam injection uses.
inline constexpr std::uint16_t kHiddenInline = kHiddenAttribute | kDisplayNone | kVisibilityHidden |
                                               kTransparent | kTinyFont | kOffScreen | kZeroSize |
                                               kSameColour | kClipped;

// Text of one block-level element up to the next block boundary, white space collapsed, references decoded.
struct TextBlock {
  std::string_view text;
  std::string_view path;
  std::uint32_t offset = 0;      // of the first byte in Page::html
  std::uint32_t link_bytes = 0;  // how much of the text is inside <a>
  std::uint16_t hidden = kVisible;
};

enum class RefKind : std::uint8_t {
  kLink,        // a, area
  kScript,      // script src
  kFrame,       // iframe, frame
  kObject,      // object, embed, applet
  kForm,        // form action, formaction
  kImage,       // img, input type=image, picture source, svg image, video poster
  kMedia,       // audio, video, source, track
  kStylesheet,  // link rel=stylesheet
  kPreload,     // link rel=preload, modulepreload, prefetch, preconnect, dns-prefetch
  kIcon,        // link rel=icon and its kin
  kCanonical,   // link rel=canonical, alternate, amphtml
  kManifest,    // link rel=manifest and any other rel
  kBase,        // base href
  kRefresh,     // meta http-equiv=refresh with a target
};
inline constexpr std::size_t kRefKinds = 14;
std::string_view to_string(RefKind kind);  // "link", "script", "frame", …

// A reference from the page to something else.
struct Ref {
  RefKind kind = RefKind::kLink;
  std::string_view url;  // as written, trimmed; of srcset the first candidate
  std::string_view
      origin;  // "https://host[:port]"; "" if it has none; "data:", "javascript:", "about:", … by scheme
  std::string_view host;  // of the origin
  std::string_view text;  // of a link: its text (first 256 bytes); of an image: alt; of a frame: srcdoc
  std::string_view rel;   // rel, or type of a script
  std::string_view path;
  std::uint32_t offset = 0;
  std::uint16_t hidden = kVisible;
  bool own = true;  // same origin as the page, or no origin of its own
};

struct InlineScript {
  std::string_view body;
  std::string_view type;  // type attribute, empty if none
  std::string_view path;
  std::uint32_t offset = 0;  // of the body
  bool executable() const;   // JavaScript, not JSON or a template
};

// onload="…" and the like, and script in URLs (name is then the attribute: "href").
struct InlineHandler {
  std::string_view element, name, code, path;
  std::uint32_t offset = 0;
};

struct StyleBlock {
  std::string_view body;
  std::uint32_t offset = 0;
};

struct PageComment {
  std::string_view text;
  std::uint32_t offset = 0;
};

// Text that attributes show or carry: alt, title, placeholder, value of buttons, aria-label, meta keywords,
// og:title.
struct AttributeText {
  std::string_view element, name, text, path;
  std::uint32_t offset = 0;
};

struct PageLimits {
  std::size_t bytes = 8u << 20;  // of the body; the rest is not looked at
  std::size_t depth = 512;       // open elements
  std::size_t blocks = 20'000;
  std::size_t refs = 50'000;
  std::size_t scripts = 2'000;
  std::size_t others = 5'000;  // handlers, styles, comments, attribute texts: each
};

struct Page {
  Page();
  Page(Page&&) noexcept;
  Page& operator=(Page&&) noexcept;
  ~Page();

  std::string_view html;       // what was tokenized: UTF-8
  std::string_view encoding;   // canonical name of the encoding it came in: "UTF-8", "windows-1258"
  std::uint32_t replaced = 0;  // malformed sequences replaced by U+FFFD

  std::string url, origin, host;  // of the page, as given; origin and host are lower case
  std::string_view base_url;      // base href as written, empty: none
  std::string_view title, description, generator, lang;
  std::string_view refresh;       // content of meta refresh; its target is in refs
  int refresh_after_s = -1;       // seconds, -1: none
  std::vector<TextBlock> blocks;  // visible and hidden ones; without title, script and style
  std::vector<Ref> refs;
  std::vector<InlineScript> scripts;
  std::vector<InlineHandler> handlers;
  std::vector<StyleBlock> styles;
  std::vector<PageComment> comments;
  std::vector<AttributeText> attribute_texts;

  std::uint32_t elements = 0;  // start tags
  std::uint32_t depth = 0;     // deepest nesting met, also beyond the limit
  std::uint32_t forms = 0, inputs = 0, password_inputs = 0, images = 0;
  std::uint32_t text_bytes = 0;  // of visible blocks
  std::uint32_t frameset = 0;    // frame elements

  struct Cut {
    std::uint64_t bytes = 0, depth = 0, blocks = 0, refs = 0, scripts = 0, others = 0, tokens = 0;
    bool any() const { return (bytes | depth | blocks | refs | scripts | others | tokens) != 0; }
  } cut;

  // The absolute URL of a reference; empty if it has none.
  std::string absolute(std::string_view ref) const;

  struct Storage;
  std::unique_ptr<Storage> storage;
};

// `content_type` is the HTTP header (may be empty): its charset comes after a byte order mark and before
// <meta>.
Page read_page(std::string_view body, std::string_view url, std::string_view content_type = {},
               const PageLimits& limits = {});

}  // namespace vedette::sites
