// What single elements contribute to a Page.
#include "sites/html/element.h"
#include "sites/html/page_builder.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kSrcdocBytes = 4096;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_white(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

bool same_word(std::string_view a, std::string_view lower_case) {
  return a.size() == lower_case.size() &&
         std::equal(a.begin(), a.end(), lower_case.begin(), [](char x, char y) { return lower(x) == y; });
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    std::size_t end = 0;
    while (end < list.size() && !is_white(list[end])) ++end;
    if (same_word(list.substr(0, end), word)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

// Leading and trailing spaces and controls are no part of a URL.
std::string_view trim_url(std::string_view url) {
  while (!url.empty() && static_cast<unsigned char>(url.front()) <= ' ') url.remove_prefix(1);
  while (!url.empty() && static_cast<unsigned char>(url.back()) <= ' ') url.remove_suffix(1);
  return url;
}

std::string_view first_candidate(std::string_view srcset) {
  srcset = trim_url(srcset);
  std::size_t end = 0;
  while (end < srcset.size() && !is_white(srcset[end])) ++end;
  while (end > 0 && srcset[end - 1] == ',') --end;
  return srcset.substr(0, end);
}

// What follows "javascript:"; browsers read over tabs and line ends inside the word.
bool script_of_url(std::string_view url, std::string_view& code) {
  constexpr std::string_view kScheme = "javascript:";
  std::size_t matched = 0, at = 0;
  for (; at < url.size() && matched < kScheme.size(); ++at) {
    if (url[at] == '\t' || url[at] == '\n' || url[at] == '\r') continue;
    if (lower(url[at]) != kScheme[matched]) return false;
    ++matched;
  }
  code = url.substr(at);
  return matched == kScheme.size();
}

}  // namespace

PageBuilder::Attributes PageBuilder::sort(const StartTag& tag) {
  Attributes out;
  for (const auto& [name, value] : tag.attributes) {
    switch (packed(name)) {
      case packed("href"):
        out.href = value;
        break;
      case packed("src"):
        out.src = value;
        break;
      case packed("srcset"):
        out.srcset = value;
        break;
      case packed("data"):
        out.data = value;
        break;
      case packed("data-src"):
        if (out.data.empty()) out.data = value;
        break;
      case packed("action"):
        out.action = value;
        break;
      case packed("rel"):
        out.rel = value;
        break;
      case packed("type"):
        out.type = value;
        break;
      case packed("name"):
        out.name = value;
        break;
      case packed("content"):
        out.content = value;
        break;
      case packed("style"):
        out.style = value;
        break;
      case packed("class"):
        out.classes = value;
        break;
      case packed("id"):
        out.id = value;
        break;
      case packed("width"):
        out.width = value;
        break;
      case packed("height"):
        out.height = value;
        break;
      case packed("alt"):
        out.alt = value;
        break;
      case packed("title"):
        out.title = value;
        break;
      case packed("poster"):
        out.poster = value;
        break;
      case packed("srcdoc"):
        out.srcdoc = value;
        out.has_srcdoc = true;
        break;
      case packed("color"):
        out.colour = value;
        break;
      case packed("bgcolor"):
        out.bgcolour = value;
        break;
      case packed("value"):
        out.value = value;
        break;
      case packed("property"):
        out.property = value;
        break;
      case packed("lang"):
        out.lang = value;
        break;
      case packed("code"):
        out.code = value;
        break;
      case packed("hidden"):
        out.hidden = true;
        break;
      case 0:
        if (name == "http-equiv") out.http_equiv = value;
        if (name == "formaction") out.form_action = value;
        if (name == "placeholder") out.placeholder = value;
        if (name == "aria-label") out.aria_label = value;
        if (name == "background") out.background = value;
        if (name == "xlink:href" && out.href.empty()) out.href = value;
        break;
      default:
        break;
    }
  }
  return out;
}

bool PageBuilder::add_ref(RefKind kind, std::string_view url, std::string_view text, std::string_view rel,
                          std::size_t offset) {
  url = trim_url(url);
  if (url.empty() && text.empty()) return false;
  if (!room(page_.refs.size(), limits_.refs, page_.cut.refs)) return false;
  Ref ref;
  ref.kind = kind;
  ref.url = keep(url);
  ref.text = keep(text);
  ref.rel = keep(rel);
  ref.path = path_here();
  ref.offset = static_cast<std::uint32_t>(offset);
  ref.hidden = top().hidden;
  page_.refs.push_back(ref);
  std::string_view code;
  if (script_of_url(ref.url, code) && room(page_.handlers.size(), limits_.others, page_.cut.others)) {
    page_.handlers.push_back({top().name, to_string(kind), code, ref.path, ref.offset});
  }
  return true;
}

void PageBuilder::add_text_of(std::string_view element, std::string_view name, std::string_view text,
                              std::size_t offset) {
  text = trim_url(text);
  if (text.empty() || !room(page_.attribute_texts.size(), limits_.others, page_.cut.others)) return;
  page_.attribute_texts.push_back(
      {keep(element), keep(name), keep(text), path_here(), static_cast<std::uint32_t>(offset)});
}

void PageBuilder::collect_handlers(const StartTag& tag) {
  for (const auto& [name, value] : tag.attributes) {
    if (name.size() < 4 || name[0] != 'o' || name[1] != 'n' || value.empty()) continue;
    if (!room(page_.handlers.size(), limits_.others, page_.cut.others)) return;
    page_.handlers.push_back(
        {top().name, keep(name), keep(value), path_here(), static_cast<std::uint32_t>(tag.offset)});
  }
}

void PageBuilder::collect_link(const StartTag& tag, const Attributes& a) {
  RefKind kind = RefKind::kManifest;
  if (has_word(a.rel, "stylesheet")) {
    kind = RefKind::kStylesheet;
  } else if (has_word(a.rel, "preload") || has_word(a.rel, "modulepreload") || has_word(a.rel, "prefetch") ||
             has_word(a.rel, "preconnect") || has_word(a.rel, "dns-prefetch")) {
    kind = RefKind::kPreload;
  } else if (has_word(a.rel, "icon") || has_word(a.rel, "apple-touch-icon") || has_word(a.rel, "mask-icon")) {
    kind = RefKind::kIcon;
  } else if (has_word(a.rel, "canonical") || has_word(a.rel, "alternate") || has_word(a.rel, "amphtml")) {
    kind = RefKind::kCanonical;
  }
  add_ref(kind, a.href, {}, a.rel, tag.offset);
}

void PageBuilder::collect_meta(const StartTag& tag, const Attributes& a) {
  if (same_word(a.http_equiv, "refresh") && page_.refresh.empty()) {
    page_.refresh = keep(a.content);
    std::string_view rest = trim_url(a.content);
    int seconds = 0;
    std::size_t digits = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
      seconds = std::min(seconds * 10 + (rest[digits++] - '0'), 10'000'000);
    }
    page_.refresh_after_s = seconds;
    rest.remove_prefix(digits);
    while (!rest.empty() && (is_white(rest[0]) || rest[0] == ';' || rest[0] == ',' || rest[0] == '.' ||
                             (rest[0] >= '0' && rest[0] <= '9'))) {
      rest.remove_prefix(1);
    }
    if (rest.size() > 3 && same_word(rest.substr(0, 3), "url")) {
      std::string_view value = trim_url(rest.substr(3));
      if (value.starts_with('=')) rest = trim_url(value.substr(1));
    }
    if (!rest.empty() && (rest[0] == '"' || rest[0] == '\'')) {
      const char quote = rest[0];
      rest.remove_prefix(1);
      rest = rest.substr(0, rest.find(quote));
    }
    add_ref(RefKind::kRefresh, rest, {}, {}, tag.offset);
  } else if (same_word(a.name, "description")) {
    if (page_.description.empty()) page_.description = keep(a.content);
  } else if (same_word(a.name, "generator")) {
    if (page_.generator.empty()) page_.generator = keep(a.content);
  } else if (same_word(a.name, "keywords") || same_word(a.name, "author") ||
             same_word(a.name, "twitter:title")) {
    add_text_of("meta", a.name, a.content, tag.offset);
  } else if (same_word(a.property, "og:title") || same_word(a.property, "og:description")) {
    add_text_of("meta", a.property, a.content, tag.offset);
  }
}

void PageBuilder::collect(const StartTag& tag, const Attributes& a, std::uint64_t code, bool content) {
  const bool foreign = stack_.size() > 1 && stack_[stack_.size() - 2].foreign;
  collect_handlers(tag);
  switch (code) {
    case packed("html"):
      if (page_.lang.empty()) page_.lang = keep(a.lang);
      break;
    case packed("a"):
      if (add_ref(RefKind::kLink, a.href, {}, a.rel, tag.offset) && content) {
        in_anchor_ = true;
        anchor_ = page_.refs.size() - 1;
      }
      break;
    case packed("area"):
      add_ref(RefKind::kLink, a.href, a.alt, a.rel, tag.offset);
      break;
    case packed("script"):
      if (!a.src.empty() || (foreign && !a.href.empty())) {
        add_ref(RefKind::kScript, a.src.empty() ? a.href : a.src, {}, a.type, tag.offset);
      }
      if (content) {
        into_ = Into::kScript;
        script_type_ = keep(a.type);
        raw_path_ = path_here();
      }
      break;
    case packed("style"):
      if (content) into_ = Into::kStyle;
      break;
    case packed("title"):
      if (content && !foreign) into_ = title_seen_ ? Into::kNothing : Into::kTitle;
      if (content && foreign) into_ = Into::kNothing;
      break;
    case packed("noembed"):
      into_ = Into::kNothing;
      break;
    case packed("iframe"):
    case packed("frame"):
      if (code == packed("frame")) ++page_.frameset;
      add_ref(RefKind::kFrame, a.src, a.srcdoc.substr(0, kSrcdocBytes), {}, tag.offset);
      if (code == packed("iframe") && content) into_ = Into::kNothing;
      break;
    case packed("object"):
      add_ref(RefKind::kObject, a.data, {}, a.type, tag.offset);
      break;
    case packed("embed"):
      add_ref(RefKind::kObject, a.src, {}, a.type, tag.offset);
      break;
    case packed("applet"):
      add_ref(RefKind::kObject, a.code, {}, {}, tag.offset);
      break;
    case packed("form"):
      ++page_.forms;
      add_ref(RefKind::kForm, a.action, {}, {}, tag.offset);
      break;
    case packed("button"):
      add_ref(RefKind::kForm, a.form_action, {}, {}, tag.offset);
      break;
    case packed("input"):
      ++page_.inputs;
      if (same_word(a.type, "password")) ++page_.password_inputs;
      if (same_word(a.type, "image")) add_ref(RefKind::kImage, a.src, a.alt, {}, tag.offset);
      if (same_word(a.type, "submit") || same_word(a.type, "button"))
        add_text_of("input", "value", a.value, tag.offset);
      add_ref(RefKind::kForm, a.form_action, {}, {}, tag.offset);
      break;
    case packed("img"):
    case packed("image"): {
      ++page_.images;
      std::string_view url = a.src;
      if (foreign) url = a.href;
      if (url.empty()) url = first_candidate(a.srcset);
      if (url.empty()) url = a.data;  // data-src: loaded when scrolled to
      if (!url.empty()) add_ref(RefKind::kImage, url, a.alt, {}, tag.offset);
      add_text_of(tag.name, "alt", a.alt, tag.offset);
      break;
    }
    case packed("video"):
      add_ref(RefKind::kImage, a.poster, {}, {}, tag.offset);
      [[fallthrough]];
    case packed("audio"):
    case packed("track"):
      add_ref(RefKind::kMedia, a.src, {}, {}, tag.offset);
      break;
    case packed("source"):
      if (!a.src.empty()) add_ref(RefKind::kMedia, a.src, {}, {}, tag.offset);
      if (!a.srcset.empty()) add_ref(RefKind::kImage, first_candidate(a.srcset), {}, {}, tag.offset);
      break;
    case packed("link"):
      collect_link(tag, a);
      break;
    case packed("base"):
      if (page_.base_url.empty() && !trim_url(a.href).empty()) {
        page_.base_url = keep(trim_url(a.href));
        add_ref(RefKind::kBase, a.href, {}, {}, tag.offset);
      }
      break;
    case packed("meta"):
      collect_meta(tag, a);
      break;
    default:
      break;
  }
  if (!a.background.empty()) add_ref(RefKind::kImage, a.background, {}, {}, tag.offset);
  if (!a.title.empty()) add_text_of(tag.name, "title", a.title, tag.offset);
  if (!a.placeholder.empty()) add_text_of(tag.name, "placeholder", a.placeholder, tag.offset);
  if (!a.aria_label.empty()) add_text_of(tag.name, "aria-label", a.aria_label, tag.offset);
}

// The content of script, style or title is complete.
void PageBuilder::end_raw() {
  const std::string_view body = raw_.empty() ? raw_view_ : page_.storage->keep(raw_);
  const bool blank = body.find_first_not_of(" \t\r\n\f") == std::string_view::npos;
  switch (into_) {
    case Into::kScript:
      if (!blank && room(page_.scripts.size(), limits_.scripts, page_.cut.scripts)) {
        page_.scripts.push_back({body, script_type_, raw_path_, raw_offset_});
      }
      break;
    case Into::kStyle:
      if (!blank && room(page_.styles.size(), limits_.others, page_.cut.others)) {
        page_.styles.push_back({body, raw_offset_});
        hidden_names_.read(body);
      }
      break;
    case Into::kTitle: {
      std::string joined;
      for (const char c : body) {
        if (!is_white(c)) {
          joined += c;
        } else if (!joined.empty() && joined.back() != ' ') {
          joined += ' ';
        }
      }
      if (joined.ends_with(' ')) joined.pop_back();
      page_.title = page_.storage->keep(joined);
      title_seen_ = true;
      break;
    }
    default:
      break;
  }
  into_ = Into::kBlocks;
  raw_.clear();
  raw_view_ = {};
}

void PageBuilder::on_comment(std::string_view text, std::size_t offset) {
  if (text.empty() || !room(page_.comments.size(), limits_.others, page_.cut.others)) return;
  page_.comments.push_back({keep(text), static_cast<std::uint32_t>(offset)});
}

}  // namespace vedette::sites
