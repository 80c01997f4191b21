#include "files/webroots/php_tokens.h"

#include <algorithm>
#include <cctype>

#include "base/text/utf8.h"

namespace vedette::files {
namespace {

constexpr std::size_t kTokensMax = 400'000;

bool starts_name(char c) {
  auto byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) != 0 || c == '_' || byte >= 0x80;
}
bool in_name(char c) { return starts_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

class Tokens {
 public:
  explicit Tokens(std::string_view code) : code_(code) {}

  std::vector<PhpToken> read() {
    while (at_ < code_.size() && out_.size() < kTokensMax) one();
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < code_.size() ? code_[at_ + ahead] : '\0'; }
  void add(PhpToken::Kind kind, std::string text) { out_.push_back({kind, std::move(text)}); }

  void one() {
    char c = peek();
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\0') {
      ++at_;
    } else if (c == '#' && peek(1) != '[') {
      at_ = std::min(code_.find('\n', at_), code_.size());
    } else if (c == '/' && peek(1) == '/') {
      at_ = std::min(code_.find('\n', at_), code_.size());
    } else if (c == '/' && peek(1) == '*') {
      auto end = code_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? code_.size() : end + 2;
    } else if (c == '$' && starts_name(peek(1))) {
      auto from = at_++;
      while (in_name(peek())) ++at_;
      add(PhpToken::Kind::kVariable, std::string(code_.substr(from, at_ - from)));
    } else if (starts_name(c) || (c == '\\' && starts_name(peek(1)))) {
      auto from = ++at_ - 1;
      while (in_name(peek()) || (peek() == '\\' && starts_name(peek(1)))) ++at_;
      if (code_[from] == '\\') ++from;
      add(PhpToken::Kind::kName, std::string(code_.substr(from, at_ - from)));
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      auto from = at_;
      while (in_name(peek())) ++at_;
      add(PhpToken::Kind::kNumber, std::string(code_.substr(from, at_ - from)));
    } else if (c == '\'') {
      single();
    } else if (c == '"') {
      quoted('"');
    } else if (c == '`') {
      auto end = std::min(code_.find('`', at_ + 1), code_.size());
      add(PhpToken::Kind::kBackticks, std::string(code_.substr(at_ + 1, end - at_ - 1)));
      at_ = end + 1;
    } else if (code_.substr(at_).starts_with("<<<")) {
      heredoc();
    } else {
      ++at_;
      add(PhpToken::Kind::kMark, std::string(1, c));
    }
  }

  void single() {
    std::string text;
    for (++at_; at_ < code_.size() && code_[at_] != '\''; ++at_) {
      if (code_[at_] == '\\' && (peek(1) == '\'' || peek(1) == '\\')) ++at_;
      text += peek();
    }
    ++at_;
    add(PhpToken::Kind::kString, std::move(text));
  }

  void escape(std::string& text) {  // at_ stands behind the backslash
    char c = peek();
    ++at_;
    if (c == 'x' && hex(peek()) >= 0) {
      int value = hex(peek());
      ++at_;
      if (hex(peek()) >= 0) value = value * 16 + hex(code_[at_++]);
      text += static_cast<char>(value);
    } else if (c >= '0' && c <= '7') {
      int value = c - '0';
      for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7'; ++i) value = value * 8 + (code_[at_++] - '0');
      text += static_cast<char>(value);
    } else if (c == 'u' && peek() == '{') {
      std::uint32_t value = 0;
      for (++at_; hex(peek()) >= 0 && value < 0x110000; ++at_)
        value = value * 16 + static_cast<std::uint32_t>(hex(peek()));
      ++at_;
      append_utf8(text, value);
    } else {
      static constexpr std::string_view from = "nrtve", to = "\n\r\t\v\x1b";
      auto known = from.find(c);
      text += known != std::string_view::npos ? to[known] : c;
    }
  }

  void quoted(char quote) {
    std::string text;
    bool variables = false;
    for (++at_; at_ < code_.size() && code_[at_] != quote;) {
      char c = code_[at_++];
      if (c == '\\') {
        escape(text);
      } else {
        variables = variables || (c == '$' && (starts_name(peek()) || peek() == '{'));
        text += c;
      }
    }
    ++at_;
    add(variables ? PhpToken::Kind::kTemplate : PhpToken::Kind::kString, std::move(text));
  }

  void heredoc() {
    at_ += 3;
    while (peek() == ' ' || peek() == '\t') ++at_;
    char quote = peek() == '"' || peek() == '\'' ? code_[at_++] : '\0';
    auto from = at_;
    while (in_name(peek())) ++at_;
    auto label = code_.substr(from, at_ - from);
    auto line = code_.find('\n', at_);
    if (label.empty() || line == std::string_view::npos) return;
    at_ = line + 1;
    auto start = at_;
    // The label closes where a line begins with it, indented or not.
    while (at_ < code_.size()) {
      auto begin = at_;
      while (peek() == ' ' || peek() == '\t') ++at_;
      if (code_.substr(at_).starts_with(label) && !in_name(peek(label.size()))) {
        std::string text(code_.substr(start, begin > start ? begin - start - 1 : 0));
        at_ += label.size();
        bool variables = quote != '\'' && text.find('$') != std::string::npos;
        return add(variables ? PhpToken::Kind::kTemplate : PhpToken::Kind::kString, std::move(text));
      }
      at_ = std::min(code_.find('\n', at_), code_.size() - 1) + 1;
    }
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::vector<PhpToken> out_;
};

}  // namespace

std::vector<std::string> php_sections(std::string_view bytes) {
  std::vector<std::string> out;
  for (std::size_t at = 0; (at = bytes.find("<?", at)) != std::string_view::npos;) {
    auto word = bytes.substr(at + 2, 4);
    at += 2;
    if (word.starts_with("xml") || word.starts_with("xpac")) continue;
    bool echo = word.starts_with('=');
    if (echo) {
      at += 1;
    } else if (word.size() >= 3 && (word[0] | 0x20) == 'p' && (word[1] | 0x20) == 'h' &&
               (word[2] | 0x20) == 'p') {
      at += 3;
    } else if (!word.empty() && std::isspace(static_cast<unsigned char>(word[0])) == 0) {
      continue;  // "<?" in something binary
    }
    auto end = std::min(bytes.find("?>", at), bytes.size());
    out.push_back((echo ? "echo " : "") + std::string(bytes.substr(at, end - at)) + ";");
    at = end;
    if (out.size() >= 10'000) break;
  }
  // One text: a variable set in one section is used in the next.
  if (out.size() > 1) {
    std::string all;
    for (const auto& section : out) all += section + "\n";
    out = {std::move(all)};
  }
  return out;
}

std::vector<PhpToken> php_tokens(std::string_view code) { return Tokens(code).read(); }

}  // namespace vedette::files
