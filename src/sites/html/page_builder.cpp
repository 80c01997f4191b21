// The stack of open elements, text and hidden state. What single elements say is in page_elements.cpp.
#include "sites/html/page_builder.h"

#include <array>
#include <functional>

#include "sites/html/byte_scan.h"
#include "sites/html/element.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kPathSegments = 12, kPathBytes = 240, kClassBytes = 32;
constexpr int kScopeSteps = 8;  // how far up an implied end tag looks
// How far down an end tag looks for its start: hostile end tags must stay cheap.
constexpr std::size_t kInlineSteps = 32, kBlockSteps = 64;
constexpr std::size_t kRawBytesMax = 4u << 20;
constexpr std::size_t kAnchorTextBytes = 256;

bool is_white(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

constexpr std::array<bool, 256> make_word_ends() {
  std::array<bool, 256> ends{};
  for (const char c : std::string_view(" \n\t\r\f\xC2")) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}
constexpr auto kEndsWord = make_word_ends();  // white space, and what may be a no-break space

bool same_word(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
         });
}

// Bytes of words with one space between them that can be taken sixteen at a time; maybe fewer than there are.
std::size_t plain_run(std::string_view text) {
  std::size_t at = 0;
#if defined(__SSE2__)
  const auto is = [](__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
  for (; at + 17 <= text.size(); at += 16) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + 1));
    // Controls below the space, among them all other white space, and what may be a no-break space.
    const auto odd = [&](__m128i bytes) {
      return _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes), is(bytes, '\xC2'));
    };
    const __m128i twice = _mm_and_si128(is(here, ' '), _mm_or_si128(is(next, ' '), odd(next)));
    if (const int mask = _mm_movemask_epi8(_mm_or_si128(odd(here), twice)); mask != 0)
      return at + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
  }
#endif
  return at;
}

template <class F>
void each_class(std::string_view classes, F&& f) {
  int count = 0;
  while (!classes.empty() && count < 64) {
    std::size_t end = 0;
    while (end < classes.size() && !is_white(classes[end])) ++end;
    if (end > 0) {
      f(classes.substr(0, end));
      ++count;
    }
    classes.remove_prefix(std::min(end + 1, classes.size()));
  }
}

// A class that can stand in a path as it is.
std::string_view plain_class(std::string_view classes) {
  std::string_view first;
  each_class(classes, [&](std::string_view one) {
    if (first.empty()) first = one;
  });
  if (first.size() > kClassBytes) return {};
  for (const char c : first) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
      return {};
  }
  return first;
}

}  // namespace

PageBuilder::PageBuilder(Page& page, const PageLimits& limits) : page_(page), limits_(limits) {
  stack_.reserve(64);
  paths_.resize(std::size_t{1} << kPathSlotBits);
  // A page of ordinary density; denser ones grow.
  page_.blocks.reserve(std::min(limits.blocks, page.html.size() / 512));
  page_.refs.reserve(std::min(limits.refs, page.html.size() / 512));
  stack_.emplace_back();
}

bool PageBuilder::room(std::size_t size, std::size_t limit, std::uint64_t& cut) const {
  if (size < limit) return true;
  ++cut;
  return false;
}

// A view into the page stays one; anything else goes into the page's own storage.
std::string_view PageBuilder::keep(std::string_view text) {
  const std::less_equal<const char*> at_most;
  const char *begin = page_.html.data(), *end = begin + page_.html.size();
  if (at_most(begin, text.data()) && at_most(text.data() + text.size(), end)) return text;
  return page_.storage->keep(text);
}

std::string_view PageBuilder::path_of(std::size_t index) {
  Open& open = stack_[index];
  if (!open.path.empty() || index == 0) return open.path;
  // A path is given by the parent's path and the element itself: siblings and their children share theirs.
  const char* parent = path_of(index - 1).data();
  PathSlot& slot = paths_[(reinterpret_cast<std::uintptr_t>(parent) * 0x9E3779B97F4A7C15ull ^
                           (open.code + open.name.size() * 131 + packed(open.first_class.substr(0, 8)) * 31 +
                            open.first_class.size()) *
                               0xD6E8FEB86659FD93ull) >>
                          (64 - kPathSlotBits)];
  if (slot.parent == parent && slot.name == open.name && slot.first_class == open.first_class &&
      !slot.path.empty())
    return open.path = slot.path;
  std::size_t first = index;
  std::size_t bytes = 0, segments = 0;
  for (; first > 0 && segments < kPathSegments; --first, ++segments) {
    const Open& one = stack_[first];
    const std::size_t more = std::min(one.name.size(), kClassBytes) + one.first_class.size() + 2;
    if (bytes + more > kPathBytes) break;
    bytes += more;
  }
  std::string path = first > 0 ? "…" : "";
  for (std::size_t i = first + 1; i <= index; ++i) {
    if (!path.empty()) path += '/';
    path += stack_[i].name.substr(0, kClassBytes);
    if (!stack_[i].first_class.empty()) (path += '.') += stack_[i].first_class;
  }
  open.path = page_.storage->keep(path);
  slot = {parent, open.name, open.first_class, open.path};
  return open.path;
}

// Keeps the element that on_start_tag() put on top, if there is room for it.
void PageBuilder::keep_open() {
  if (stack_.size() - 1 > limits_.depth) {
    stack_.pop_back();
    ++beyond_;
    ++page_.cut.depth;
  }
  page_.depth = std::max(page_.depth, static_cast<std::uint32_t>(stack_.size() - 1 + beyond_));
}

void PageBuilder::pop_to(std::size_t size) {
  bool block = false;
  while (stack_.size() > size) {
    block = block || (top().traits & kBlock) != 0;
    if (block) end_block();  // before the path changes
    if (top().code == packed("a")) end_anchor();
    stack_.pop_back();
  }
  beyond_ = 0;
  tokenizer_->set_foreign(top().foreign);
}

// Looks up the chain of block-level elements for `code`, not past `stop`.
bool PageBuilder::in_scope(std::uint64_t code, std::uint64_t stop, std::size_t& index) const {
  std::size_t at = top().block;
  for (int step = 0; step < kScopeSteps && at > 0; ++step) {
    if (stack_[at].code == code) {
      index = at;
      return true;
    }
    if (stack_[at].code == stop || stack_[at].code == packed("table")) return false;
    at = stack_[at - 1].block;
  }
  return false;
}

// The end tags that the standard lets authors leave out.
void PageBuilder::close_implied(std::uint64_t code, std::uint8_t traits) {
  std::size_t index = 0;
  const auto close = [&](std::string_view name, std::uint64_t stop) {
    if (in_scope(packed(name), stop, index)) pop_to(index);
  };
  if ((traits & kEndsParagraph) != 0 && stack_[top().block].code == packed("p")) pop_to(top().block);
  switch (code) {
    case packed("li"):
      if (in_scope(code, packed("ul"), index)) {
        std::size_t list = 0;
        if (!in_scope(packed("ol"), packed("li"), list)) pop_to(index);
      }
      break;
    case packed("dd"):
    case packed("dt"):
      close("dd", packed("dl"));
      close("dt", packed("dl"));
      break;
    case packed("td"):
    case packed("th"):
      close("td", packed("tr"));
      close("th", packed("tr"));
      break;
    case packed("tr"):
      close("tr", packed("table"));
      break;
    case packed("tbody"):
    case packed("tfoot"):
      close("tr", packed("table"));
      close("tbody", packed("table"));
      close("thead", packed("table"));
      break;
    case packed("option"):
    case packed("optgroup"):
      if (stack_[top().block].code == packed("option")) pop_to(top().block);
      break;
    case packed("body"):
      close("head", 0);
      break;
    case packed("a"):
      end_anchor();
      break;
    default:
      break;
  }
}

std::uint16_t PageBuilder::hidden_by(const StartTag& tag, const Attributes& attributes, Open& open) const {
  std::uint16_t hidden = 0;
  if (attributes.hidden) hidden |= kHiddenAttribute;
  InlineStyle style;
  if (!attributes.style.empty()) style = read_style(attributes.style);
  hidden |= style.hidden;
  const std::uint64_t code = open.code;
  const bool framed = code == packed("iframe") || code == packed("frame") || code == packed("object") ||
                      code == packed("embed") || code == packed("img");
  if (framed) {
    const auto thin = [](std::string_view size) {
      const auto length = read_length(size);
      return length.has_value() && *length >= 0 && *length <= 1;
    };
    if (style.thin || thin(attributes.width) || thin(attributes.height)) hidden |= kZeroSize;
  }
  if (code == packed("input") && same_word(attributes.type, "hidden")) hidden |= kHiddenAttribute;
  if (code == packed("template") || code == packed("noscript") || tag.name == "noframes")
    hidden |= kNotRendered;
  if (!style.colour.has_value() && !attributes.colour.empty()) style.colour = read_colour(attributes.colour);
  if (!style.background.has_value() && !attributes.bgcolour.empty())
    style.background = read_colour(attributes.bgcolour);
  if (style.background.has_value()) open.background = *style.background;
  if (style.colour.has_value() && open.background != kNoColour && *style.colour == open.background)
    hidden |= kSameColour;
  if (!hidden_names_.empty()) {
    bool by_name = hidden_names_.hides('#', attributes.id);
    each_class(attributes.classes,
               [&](std::string_view one) { by_name = by_name || hidden_names_.hides('.', one); });
    if (by_name) hidden |= kHiddenByClass;
  }
  return hidden;
}

void PageBuilder::on_start_tag(const StartTag& tag) {
  ++page_.elements;
  if (into_ != Into::kBlocks) end_raw();
  Open open;
  open.name = tag.name;
  open.code = packed(tag.name);
  open.traits = traits_of(tag.name);
  const Attributes attributes = sort(tag);
  if (top().foreign && (open.traits & kBreaksOut) != 0) {
    std::size_t at = stack_.size();
    while (at > 1 && stack_[at - 1].foreign) --at;
    pop_to(at);
  }
  const bool foreign = top().foreign;
  if ((open.traits & kBlock) != 0 || open.code == packed("br")) {
    if (open.code == packed("br")) {
      space_ = true;
    } else {
      end_block();
    }
  }
  if (!foreign) close_implied(open.code, open.traits);

  open.first_class = plain_class(attributes.classes);
  open.background = top().background;
  open.block = top().block;
  open.hidden = static_cast<std::uint16_t>(top().hidden | hidden_by(tag, attributes, open));
  open.foreign =
      foreign ? open.code != packed("desc") && open.code != packed("title") && tag.name != "foreignobject"
              : open.code == packed("svg") || open.code == packed("math");
  open.name = keep(open.name);
  open.first_class = keep(open.first_class);
  if ((open.traits & kBlock) != 0) open.block = static_cast<std::uint32_t>(stack_.size());
  // Elements without content are on the stack while they are looked at, so that their path names them.
  stack_.push_back(open);
  const bool content = foreign ? !tag.self_closing : (open.traits & kVoid) == 0;
  collect(tag, attributes, open.code, content);
  if (content) {
    keep_open();
  } else {
    stack_.pop_back();
  }
  tokenizer_->set_foreign(top().foreign);
}

void PageBuilder::on_end_tag(const EndTag& tag) {
  if (into_ != Into::kBlocks) end_raw();
  const std::uint64_t code = packed(tag.name);
  const std::uint8_t traits = traits_of(tag.name);
  if (code == packed("a")) end_anchor();
  if ((traits & kVoid) != 0) {
    if (code == packed("br")) space_ = true;
    return;
  }
  if (code == packed("p") && top().block > 0 && stack_[top().block].code != code) end_block();
  if (beyond_ > 0) {
    --beyond_;
    if ((traits & kBlock) != 0) end_block();
    return;
  }
  const bool block = (traits & kBlock) != 0;
  if (block) {
    std::size_t at = top().block;
    for (std::size_t step = 0; step < kBlockSteps && at > 0; ++step, at = stack_[at - 1].block) {
      if (stack_[at].name == tag.name) return pop_to(at);
    }
    return;
  }
  const std::size_t floor =
      std::max<std::size_t>(top().block, stack_.size() > kInlineSteps ? stack_.size() - kInlineSteps : 0);
  for (std::size_t at = stack_.size() - 1; at > floor; --at) {
    if (stack_[at].name == tag.name) return pop_to(at);
  }
}

void PageBuilder::on_text(std::string_view text, std::size_t offset) {
  switch (into_) {
    case Into::kBlocks:
      return add_words(text, offset);
    case Into::kNothing:
      return;
    default:
      break;
  }
  if (raw_.empty() && raw_view_.empty()) {
    raw_view_ = keep(text);
    raw_offset_ = static_cast<std::uint32_t>(offset);
    return;
  }
  if (raw_.size() + text.size() > kRawBytesMax) {
    ++page_.cut.scripts;
    return;
  }
  if (raw_.empty()) raw_ = raw_view_;
  raw_ += text;
}

void PageBuilder::add_words(std::string_view text, std::size_t offset) {
  const std::uint16_t hidden = top().hidden;
  if (!text_.empty() && hidden != text_hidden_) end_block();
  std::size_t at = 0;
  const auto no_break = [&](std::size_t i) {
    return text[i] == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0';
  };
  while (true) {
    while (at < text.size() && (is_white(text[at]) || no_break(at))) {
      at += no_break(at) ? 2 : 1;
      space_ = true;
    }
    if (at == text.size()) return;
    // Words with one space between them are taken together.
    const std::size_t from = at;
    at = from + plain_run(text.substr(from));
    for (; at < text.size(); ++at) {
      if (!kEndsWord[static_cast<unsigned char>(text[at])]) continue;
      if (text[at] == '\xC2' && !no_break(at)) continue;
      const bool single =
          text[at] == ' ' && at + 1 < text.size() && !kEndsWord[static_cast<unsigned char>(text[at + 1])];
      if (!single) break;
    }
    const std::string_view words = text.substr(from, at - from);
    if (text_.empty()) {
      text_offset_ = static_cast<std::uint32_t>(offset + from);
      text_hidden_ = hidden;
      text_link_bytes_ = 0;
    } else if (space_) {
      text_ += ' ';
    }
    if (in_anchor_) {
      add_anchor_words(words);
      text_link_bytes_ += static_cast<std::uint32_t>(
          words.size() - static_cast<std::size_t>(std::count(words.begin(), words.end(), ' ')));
    }
    text_ += words;
    space_ = false;
  }
}

// Ends with a whole word, even where that passes the limit.
void PageBuilder::add_anchor_words(std::string_view words) {
  bool space = space_ && !anchor_text_.empty();
  while (!words.empty() && anchor_text_.size() < kAnchorTextBytes) {
    std::size_t size = words.size();
    if (anchor_text_.size() + size + 1 >= kAnchorTextBytes) size = std::min(words.find(' '), size);
    if (space) anchor_text_ += ' ';
    if (anchor_text_.size() < kAnchorTextBytes)
      anchor_text_ += words.substr(0, std::min(size, kAnchorTextBytes));
    words.remove_prefix(std::min(size + 1, words.size()));
    space = true;
  }
}

void PageBuilder::end_block() {
  space_ = false;
  if (text_.empty()) return;
  if (room(page_.blocks.size(), limits_.blocks, page_.cut.blocks)) {
    const bool seen = (text_hidden_ & (kHiddenInline | kNotRendered)) == 0;
    if (seen) page_.text_bytes += static_cast<std::uint32_t>(text_.size());
    page_.blocks.push_back(
        {page_.storage->keep(text_), path_of(top().block), text_offset_, text_link_bytes_, text_hidden_});
  }
  text_.clear();
}

void PageBuilder::end_anchor() {
  if (in_anchor_ && anchor_ < page_.refs.size()) page_.refs[anchor_].text = page_.storage->keep(anchor_text_);
  in_anchor_ = false;
  anchor_ = std::string::npos;
  anchor_text_.clear();
}

void PageBuilder::on_limit(TokenLimit limit, std::size_t) {
  if (limit != TokenLimit::kTotalBytes) ++page_.cut.tokens;
}

void PageBuilder::finish() {
  if (into_ != Into::kBlocks) end_raw();
  pop_to(1);
  end_block();
  end_anchor();
}

}  // namespace vedette::sites
