#include "logs/read/json_records.h"

#include "base/assert.h"

namespace vedette::logs {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t behind_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// Counts brackets outside strings, byte by byte.
struct Nesting {
  std::size_t open = 0;
  bool in_string = false, escaped = false;

  // Whether an object or list has just been closed that nothing is around.
  bool take(char c) {
    if (in_string) {
      if (escaped)
        escaped = false;
      else if (c == '\\')
        escaped = true;
      else
        in_string = c != '"';
      return false;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++open;
    if ((c == '}' || c == ']') && open > 0) return --open == 0;
    return false;
  }
};

// Behind `{"Records":[`, or 0.
std::size_t behind_wrapper(std::string_view head, std::size_t at) {
  at = behind_space(head, at + 1);
  for (std::string_view name : {"\"Records\"", "\"records\"", "\"events\"", "\"value\""}) {
    if (!head.substr(at).starts_with(name)) continue;
    auto colon = behind_space(head, at + name.size());
    if (colon >= head.size() || head[colon] != ':') return 0;
    auto list = behind_space(head, colon + 1);
    if (list >= head.size() || head[list] != '[') return 0;
    const auto first = behind_space(head, list + 1);
    return first < head.size() && head[first] == '{' ? list + 1 : 0;
  }
  return 0;
}

std::size_t begin_of(std::string_view head) {
  return behind_space(head, head.starts_with("\xEF\xBB\xBF") ? 3 : 0);
}

}  // namespace

bool like_json(std::string_view head) {
  auto at = begin_of(head);
  if (at < head.size() && head[at] == '[') at = behind_space(head, at + 1);
  if (at >= head.size() || head[at] != '{') return false;
  at = behind_space(head, at + 1);
  return at >= head.size() || head[at] == '"' || head[at] == '}';
}

JsonLayout json_layout(std::string_view head) {
  const auto at = begin_of(head);
  if (at >= head.size()) return {true, at};
  if (head[at] == '[') return {false, at + 1};
  if (head[at] != '{') return {true, 0};
  if (const auto behind = behind_wrapper(head, at)) return {false, behind};
  Nesting nesting;
  for (auto i = at; i < head.size(); ++i) {
    if (nesting.take(head[i])) return {true, at};
    if (head[i] != '\n') continue;
    // The object goes on in the next line, or the line was cut and the next one is another object.
    const auto next = behind_space(head, i);
    const bool goes_on = !nesting.in_string && next < head.size() && (head[next] == '"' || head[next] == '}');
    return {!goes_on, at};
  }
  return {true, at};
}

Result<JsonRecords> JsonRecords::open(Input input, std::size_t record_bytes_max) {
  TRY_ASSIGN(const auto head, input.peek());
  const auto layout = json_layout(head);
  JsonRecords out(record_bytes_max);
  if (layout.lines) {
    out.lines_ = std::make_unique<LineSource>(std::move(input), record_bytes_max);
    return out;
  }
  out.input_ = std::make_unique<Input>(std::move(input));
  out.buffer_.resize(kBufferBytes);
  VEDETTE_ASSERT(layout.skip <= Input::kPeekBytesMax);
  while (out.end_ < layout.skip) {
    TRY_ASSIGN(const auto more, out.input_->read(std::span(out.buffer_).subspan(out.end_)));
    if (more == 0) break;
    out.end_ += more;
  }
  out.at_ = std::min(layout.skip, out.end_);
  return out;
}

Result<bool> JsonRecords::fill() {
  TRY_ASSIGN(end_, input_->read(buffer_));
  at_ = 0;
  return end_ > 0;
}

Result<std::optional<JsonRecord>> JsonRecords::next() {
  if (!lines_) return next_object();
  for (;;) {
    TRY_ASSIGN(const auto line, lines_->next());
    if (!line) return std::nullopt;
    auto text = line->text;
    if (lines_->number() == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (behind_space(text, 0) == text.size()) continue;
    return JsonRecord{text, lines_->number(), line->cut};
  }
}

Result<std::optional<JsonRecord>> JsonRecords::next_object() {
  kept_.clear();
  Nesting nesting;
  bool begun = false, object = false, cut = false;
  // Adds what has been gone through to the record.
  const auto keep = [&](std::size_t begin, std::size_t end) {
    const auto size = std::min(end - begin, record_bytes_max_ - kept_.size());
    kept_.insert(kept_.end(), buffer_.begin() + begin, buffer_.begin() + begin + size);
    cut |= size < end - begin;
  };
  const auto record = [&] { return JsonRecord{{kept_.data(), kept_.size()}, ++number_, cut}; };
  for (;;) {
    if (at_ == end_) {
      TRY_ASSIGN(const bool more, fill());
      if (!more) return begun ? std::optional(record()) : std::nullopt;
    }
    auto begin = at_;
    for (; at_ < end_; ++at_) {
      const char c = buffer_[at_];
      if (!begun) {
        if (is_space(c) || c == ',' || c == '[' || c == ']' || c == '}') continue;
        begun = true;
        object = c == '{';
        begin = at_;
      } else if (!object && (c == '{' || c == '\n')) {  // the end of what is no object
        keep(begin, at_);
        return record();
      }
      if (object && nesting.take(c)) {
        keep(begin, ++at_);
        return record();
      }
    }
    if (begun) keep(begin, at_);
  }
}

}  // namespace vedette::logs
