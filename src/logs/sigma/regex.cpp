#define PCRE2_CODE_UNIT_WIDTH 8
#include "logs/sigma/regex.h"

#include <fmt/format.h>
#include <pcre2.h>
#include <re2/re2.h>

#include <atomic>
#include <optional>

namespace vedette::logs::sigma {
namespace {

std::atomic<std::uint64_t> given_up{0};

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeCompile {
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};
using Code = std::unique_ptr<pcre2_code, FreeCode>;

// Of each thread: what one match writes to.
pcre2_match_data* match_data() {
  thread_local std::unique_ptr<pcre2_match_data, FreeMatch> data(pcre2_match_data_create(1, nullptr));
  return data.get();
}
pcre2_match_context* match_context() {
  thread_local std::unique_ptr<pcre2_match_context, FreeContext> context = [] {
    std::unique_ptr<pcre2_match_context, FreeContext> made(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(made.get(), kRegexStepsMax);
    pcre2_set_depth_limit(made.get(), 5000);
    pcre2_set_heap_limit(made.get(), 16 << 10);  // KiB
    return made;
  }();
  return context.get();
}

std::expected<Code, std::string> compile_pcre(std::string_view text) {
  std::unique_ptr<pcre2_compile_context, FreeCompile> context(pcre2_compile_context_create(nullptr));
  pcre2_set_parens_nest_limit(context.get(), 100);
  // As the PCRE of the rules' time: `\_` is an underscore.
  pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
  int error = 0;
  std::size_t at = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                          PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &at,
                          context.get()));
  if (code == nullptr) {
    char message[160];
    pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(message), sizeof message);
    return std::unexpected(fmt::format("{} (at {})", message, at));
  }
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);  // without it the interpreter does the same
  return code;
}

std::unique_ptr<re2::RE2> compile_re2(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  auto regex = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  return regex->ok() ? std::move(regex) : nullptr;
}

// PCRE syntax in RE2's words; nothing where RE2 would mean something else.
class Translator {
 public:
  Translator(std::string_view pattern, RegexFlags flags) : in_(pattern), flags_(flags) {}

  std::optional<std::string> run() {
    while (at_ < in_.size() && possible_) {
      const char c = in_[at_];
      if (c == '\\')
        escape();
      else if (in_class_)
        within_class(c);
      else if (c == '[')
        open_class();
      else if (c == '$')
        dollar();
      else if (c == '(')
        group();
      else
        copy(1);
    }
    return possible_ ? std::optional(std::move(out_)) : std::nullopt;
  }

 private:
  void copy(std::size_t bytes) {
    out_ += in_.substr(at_, bytes);
    at_ += bytes;
  }
  void put(std::string_view instead, std::size_t bytes) {
    out_ += instead;
    at_ += bytes;
  }

  void escape() {
    if (at_ + 1 == in_.size()) return give_up();
    const char c = in_[at_ + 1];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c >= '0' && c <= '9') return give_up();  // back references, octal
    if (!letter) return copy(static_cast<unsigned char>(c) < 0x80 ? 2 : 1);
    switch (c) {
      case 's':
        return put(in_class_ ? "\\s\\x0b" : "[\\s\\x0b]", 2);  // RE2's lacks the vertical tab
      case 'S':
        return in_class_ ? give_up() : put("[^\\s\\x0b]", 2);
      case 'e':
        return put("\\x1b", 2);
      case 'Z':
        return in_class_ ? give_up() : put("(?:\\n?\\z)", 2);
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'a':
      case 'x':
      case 'p':
      case 'P':
        return copy(2);
      case 'b':
      case 'B':
      case 'A':
      case 'z':
        return in_class_ ? give_up() : copy(2);
      default:
        return give_up();
    }
  }

  void open_class() {
    in_class_ = true;
    copy(1);
    if (at_ < in_.size() && in_[at_] == '^') copy(1);
    if (at_ < in_.size() && in_[at_] == ']') put("\\]", 1);
  }
  void within_class(char c) {
    if (c == '[' && at_ + 1 < in_.size() && in_[at_ + 1] == ':') {
      const auto end = in_.find(":]", at_ + 2);
      if (end == in_.npos) return give_up();
      return copy(end + 2 - at_);
    }
    if (c == ']') in_class_ = false;
    c == '[' ? put("\\[", 1) : copy(1);
  }

  // Without `m` PCRE's `$` is also before a final line feed.
  void dollar() {
    if (flags_.multi_line) return copy(1);
    const char next = at_ + 1 < in_.size() ? in_[at_ + 1] : ')';
    if (next != ')' && next != '|') return give_up();
    put("(?:\\n?\\z)", 1);
  }

  void group() {
    if (in_.substr(at_, 2) == "(*") return give_up();
    if (in_.substr(at_, 2) != "(?") return copy(1);
    const std::string_view behind = in_.substr(at_ + 2);
    if (behind.starts_with(":")) return copy(3);
    if (behind.starts_with("P<")) return copy(4);
    if (behind.starts_with("<") && !behind.starts_with("<=") && !behind.starts_with("<!"))
      return put("(?P<", 3);
    const auto end = behind.find_first_not_of("is-");
    // An inner `m` would change what `$` is.
    if (end == behind.npos || (behind[end] != ')' && behind[end] != ':')) return give_up();
    copy(end + 3);
  }

  void give_up() { possible_ = false; }

  std::string_view in_;
  RegexFlags flags_;
  std::size_t at_ = 0;
  bool in_class_ = false, possible_ = true;
  std::string out_;
};

}  // namespace

std::expected<Translated, std::string> translate_regex(std::string_view pattern, RegexFlags flags) {
  if (pattern.size() > kRegexBytesMax)
    return std::unexpected(fmt::format("a regular expression of more than {} KiB", kRegexBytesMax >> 10));
  std::string front;
  if (flags.ignore_case) front += 'i';
  if (flags.multi_line) front += 'm';
  if (flags.dot_all) front += 's';
  if (!front.empty()) front = "(?" + front + ")";
  auto code = compile_pcre(front + std::string(pattern));
  if (!code)
    return std::unexpected(
        fmt::format("the regular expression \"{}\" is wrong: {}", pattern.substr(0, 200), code.error()));
  if (auto in_re2 = Translator(pattern, flags).run(); in_re2 && compile_re2(front + *in_re2) != nullptr)
    return Translated{Comparison::kRegex, front + *in_re2};
  return Translated{Comparison::kRegexBacktracking, front + std::string(pattern)};
}

struct Regex::Engines {
  std::unique_ptr<re2::RE2> linear;
  Code backtracking;
};

Regex::Regex(std::unique_ptr<Engines> engines) : engines_(std::move(engines)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

std::expected<Regex, std::string> Regex::compile(Comparison comparison, std::string_view text) {
  auto engines = std::make_unique<Engines>();
  if (comparison == Comparison::kRegex) {
    engines->linear = compile_re2(text);
    if (engines->linear == nullptr) return std::unexpected("RE2 does not take it");
  } else {
    auto code = compile_pcre(text);
    if (!code) return std::unexpected(std::move(code).error());
    engines->backtracking = *std::move(code);
  }
  return Regex(std::move(engines));
}

bool Regex::found_in(std::string_view text) const {
  if (engines_->linear != nullptr)
    return engines_->linear->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                                   re2::RE2::UNANCHORED, nullptr, 0);
  const int found = pcre2_match(engines_->backtracking.get(), reinterpret_cast<PCRE2_SPTR>(text.data()),
                                text.size(), 0, 0, match_data(), match_context());
  if (found < PCRE2_ERROR_NOMATCH) given_up.fetch_add(1, std::memory_order_relaxed);
  return found >= 0;
}

std::uint64_t regexes_given_up() { return given_up.load(std::memory_order_relaxed); }

}  // namespace vedette::logs::sigma
