#include "logs/read/json_event.h"

#include "logs/json_text.h"

namespace vedette::logs {
namespace {

constexpr std::size_t kInText = std::string_view::npos;  // the name stands in the text

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void JsonEvent::skip_space() {
  while (at_ < end_ && is_space(*at_)) ++at_;
}

// What ends early was cut by somebody before us; what is wrong within is malformed.
bool JsonEvent::broken() {
  if (at_ >= end_) ended_ = true;
  return false;
}

bool JsonEvent::string(std::string_view& out, bool& escaped) {
  const char* begin = ++at_;
  at_ = begin_ + quotes_.end_of_string(static_cast<std::size_t>(at_ - begin_), escaped);
  if (at_ >= end_) return broken();
  out = {begin, static_cast<std::size_t>(at_ - begin)};
  ++at_;
  return true;
}

bool JsonEvent::number() {
  const auto digits = [&] {
    const char* begin = at_;
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return at_ > begin;
  };
  if (*at_ == '-') ++at_;
  const bool zero = at_ < end_ && *at_ == '0';
  const char* begin = at_;
  if (!digits() || (zero && at_ - begin > 1)) return broken();
  if (at_ < end_ && *at_ == '.') {
    ++at_;
    if (!digits()) return broken();
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return broken();
  }
  return true;
}

bool JsonEvent::word(std::string_view text) {
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(text)) {
    if (text.starts_with(std::string_view(at_, static_cast<std::size_t>(end_ - at_)))) at_ = end_;
    return broken();
  }
  at_ += text.size();
  return true;
}

// Moves behind an object or a list that nests too deep, without looking into it.
bool JsonEvent::skip_nested() {
  cut_ = true;
  std::size_t open = 0;
  do {
    if (at_ >= end_) return broken();
    std::string_view text;
    bool escaped = false;
    const char c = *at_;
    if (c == '"') {
      if (!string(text, escaped)) return false;
      continue;
    }
    open += c == '{' || c == '[' ? 1 : 0;
    open -= c == '}' || c == ']' ? 1 : 0;
    ++at_;
  } while (open > 0);
  return true;
}

void JsonEvent::add(std::string_view name, std::size_t name_begin, std::string_view value, ValueKind kind,
                    bool escaped) {
  if (fields_.size() >= kEventFieldsMax) {
    cut_ = true;
    return;
  }
  if (name_begin != kInText) joined_.push_back({fields_.size(), name_begin, name.size()});
  fields_.push_back({name, value, kind, escaped});
}

bool JsonEvent::list(std::string_view name, std::size_t name_begin, std::size_t depth) {
  if (depth >= kEventDepthMax) return skip_nested();
  ++at_;
  skip_space();
  if (at_ < end_ && *at_ == ']') {
    ++at_;
    return true;
  }
  for (;;) {
    if (!value(name, name_begin, depth + 1)) return false;
    skip_space();
    if (at_ >= end_) return broken();
    if (*at_++ == ',') continue;
    return at_[-1] == ']';
  }
}

// `name` must not be looked at when it stands in names_, which may have moved: only its size counts there.
bool JsonEvent::value(std::string_view name, std::size_t name_begin, std::size_t depth) {
  skip_space();
  if (at_ >= end_) return broken();
  const char* begin = at_;
  const auto rest = [&] { return std::string_view(begin, static_cast<std::size_t>(at_ - begin)); };
  switch (*at_) {
    case '"': {
      std::string_view text;
      bool escaped = false;
      if (!string(text, escaped)) return false;
      add(name, name_begin, text, ValueKind::kString, escaped);
      return true;
    }
    case '{': {
      if (depth >= kEventDepthMax) return skip_nested();
      // The members' names follow this prefix in names_.
      if (name.size() >= kNameBytesMax) return skip_nested();
      const auto prefix = names_.size();
      if (name_begin == kInText)
        names_ += name;
      else
        names_.append(names_, name_begin, name.size());
      names_ += '.';
      return object(names_.size() - prefix, depth + 1);
    }
    case '[':
      return list(name, name_begin, depth);
    case 't':
      if (!word("true")) return false;
      add(name, name_begin, rest(), ValueKind::kTrue, false);
      return true;
    case 'f':
      if (!word("false")) return false;
      add(name, name_begin, rest(), ValueKind::kFalse, false);
      return true;
    case 'n':
      if (!word("null")) return false;
      add(name, name_begin, rest(), ValueKind::kNull, false);
      return true;
    default:
      if (*at_ != '-' && !is_digit(*at_)) return false;
      if (!number()) return false;
      add(name, name_begin, rest(), ValueKind::kNumber, false);
      return true;
  }
}

// The members of an object. The last `prefix` bytes of names_ go before their names.
bool JsonEvent::object(std::size_t prefix, std::size_t depth) {
  const auto prefix_begin = names_.size() - prefix;
  ++at_;
  skip_space();
  if (at_ < end_ && *at_ == '}') {
    ++at_;
    return true;
  }
  for (;;) {
    skip_space();
    if (at_ >= end_) return broken();
    if (*at_ != '"') return false;
    std::string_view name;
    bool escaped = false;
    if (!string(name, escaped)) return false;
    const auto names_size = names_.size(), joined = joined_.size();
    auto name_begin = kInText;
    if (prefix > 0 || escaped) {
      name_begin = names_.size();
      names_.append(names_, prefix_begin, prefix);
      escaped ? unescape_json(name, names_) : void(names_ += name);
      if (names_.size() - name_begin > kNameBytesMax) {
        names_.resize(name_begin + kNameBytesMax);
        cut_ = true;
      }
      name = std::string_view(names_).substr(name_begin);
    }
    skip_space();
    if (at_ >= end_ || *at_ != ':') return broken();
    ++at_;
    if (!value(name, name_begin, depth)) return false;
    if (joined_.size() == joined && names_.size() != names_size) names_.resize(names_size);
    skip_space();
    if (at_ >= end_) return broken();
    if (*at_++ == ',') continue;
    return at_[-1] == '}';
  }
}

JsonEvent::Outcome JsonEvent::read(std::string_view text, EventView& event) {
  begin_ = at_ = text.data();
  end_ = at_ + text.size();
  quotes_ = QuoteScan(text);
  cut_ = ended_ = false;
  fields_.clear();
  names_.clear();
  joined_.clear();
  skip_space();
  bool whole = at_ < end_ && *at_ == '{' && object(0, 0);
  if (whole) {
    skip_space();
    whole = at_ == end_;
  }
  for (const auto& joined : joined_)
    fields_[joined.field].name = std::string_view(names_).substr(joined.begin, joined.size);
  event.fields = fields_;
  event.raw = text;
  if (whole) return cut_ ? Outcome::kCut : Outcome::kRead;
  return ended_ && !fields_.empty() ? Outcome::kCut : Outcome::kMalformed;
}

}  // namespace vedette::logs
