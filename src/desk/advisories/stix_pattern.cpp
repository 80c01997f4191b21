// STIX 2.1 patterning, the part that one event can decide: comparisons of one observation, joined by AND and
// OR.
#include <algorithm>
#include <array>

#include "desk/advisories/indicator.h"

namespace vedette::desk {
namespace {

using Conjunction = std::vector<IndicatorTerm>;

struct PatternToken {
  enum class Kind { kWord, kText, kSign, kEnd } kind = Kind::kEnd;
  std::string text = {};  // of kText: without its quotes and escapes
};

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == ':' ||
         c == '*';
}

// Broken input gives a token that no grammar rule takes.
class PatternLexer {
 public:
  explicit PatternLexer(std::string_view text) : text_(text) { next(); }
  const PatternToken& now() const { return token_; }
  void next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    token_ = {};
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c == '\'') {
      token_.kind = PatternToken::Kind::kText;
      ++at_;
      read_quoted(token_.text);
    } else if (is_word_char(c)) {
      token_.kind = PatternToken::Kind::kWord;
      read_path();
    } else {
      token_.kind = PatternToken::Kind::kSign;
      token_.text = std::string(1, c);
      ++at_;
      if ((c == '!' || c == '<' || c == '>') && at_ < text_.size() && text_[at_] == '=') {
        token_.text += '=';
        ++at_;
      }
    }
  }
  bool is_sign(std::string_view sign) const {
    return token_.kind == PatternToken::Kind::kSign && token_.text == sign;
  }
  bool is_word(std::string_view word) const {
    return token_.kind == PatternToken::Kind::kWord && token_.text == word;
  }
  bool take_sign(std::string_view sign) {
    const bool is = is_sign(sign);
    if (is) next();
    return is;
  }
  bool take_word(std::string_view word) {
    const bool is = is_word(word);
    if (is) next();
    return is;
  }

 private:
  void read_quoted(std::string& into) {
    for (; at_ < text_.size() && text_[at_] != '\''; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      into += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
  }
  // A path may hold quoted members: file:hashes.'SHA-256'.
  void read_path() {
    while (at_ < text_.size()) {
      if (is_word_char(text_[at_])) {
        token_.text += text_[at_++];
      } else if (text_[at_] == '\'' && token_.text.ends_with('.')) {
        ++at_;
        read_quoted(token_.text);
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  PatternToken token_;
};

std::optional<ObservableType> type_of_path(std::string_view path) {
  struct Row {
    std::string_view path;
    ObservableType type;
  };
  static constexpr std::array kPaths{
      Row{"ipv4-addr:value", ObservableType::kIpv4},     Row{"ipv6-addr:value", ObservableType::kIpv6},
      Row{"domain-name:value", ObservableType::kDomain}, Row{"url:value", ObservableType::kUrl},
      Row{"email-addr:value", ObservableType::kEmail},   Row{"file:hashes.MD5", ObservableType::kFile},
      Row{"file:hashes.SHA-1", ObservableType::kFile},   Row{"file:hashes.SHA-256", ObservableType::kFile},
      Row{"file:hashes.SHA-512", ObservableType::kFile}, Row{"file:hashes.SHA1", ObservableType::kFile},
      Row{"file:hashes.SHA256", ObservableType::kFile},  Row{"file:hashes.SHA512", ObservableType::kFile}};
  const auto found = std::ranges::find(kPaths, path, &Row::path);
  return found == kPaths.end() ? std::nullopt : std::optional(found->type);
}

// What was understood: alternatives. An alternative that holds a part we cannot decide is dropped and named
// where that part stands, for it would be true too often without it.
class PatternReader {
 public:
  PatternReader(std::string_view pattern, std::string_view origin, ReadAdvisory& into)
      : lexer_(pattern), pattern_(pattern), origin_(origin), into_(into) {}

  std::vector<Conjunction> read() {
    auto out = observation();
    if (broken_) return {};
    while (lexer_.take_word("OR")) {
      auto more = observation();
      if (broken_) return {};
      out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    if (lexer_.now().kind == PatternToken::Kind::kEnd) {
      if (out.size() <= AdvisoryLimits::kAlternatives) return out;
      give_up("too_complex");
      return {};
    }
    // AND and FOLLOWEDBY of observations, REPEATS, WITHIN, START: more than one event decides.
    const bool several = lexer_.now().kind == PatternToken::Kind::kWord;
    give_up(several ? "several_observations" : "pattern");
    return {};
  }

 private:
  std::vector<Conjunction> observation() {
    if (lexer_.take_sign("(")) {
      if (++depth_ > AdvisoryLimits::kNesting) return give_up("too_complex");
      auto out = observation();
      while (!broken_ && lexer_.take_word("OR")) {
        auto more = observation();
        out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
        if (out.size() > AdvisoryLimits::kAlternatives) return give_up("too_complex");
      }
      --depth_;
      if (broken_) return {};
      if (!lexer_.take_sign(")"))
        return give_up(lexer_.now().kind == PatternToken::Kind::kWord ? "several_observations" : "pattern");
      return out;
    }
    if (!lexer_.take_sign("[")) return give_up("pattern");
    auto out = either();
    if (broken_) return {};
    if (!lexer_.take_sign("]")) return give_up("pattern");
    return out;
  }
  std::vector<Conjunction> either() {
    auto out = both();
    while (!broken_ && lexer_.take_word("OR")) {
      auto more = both();
      out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
      if (out.size() > AdvisoryLimits::kAlternatives) return give_up("too_complex");
    }
    return out;
  }
  std::vector<Conjunction> both() {
    auto out = comparison();
    while (!broken_ && lexer_.take_word("AND")) {
      auto more = comparison();
      if (out.size() * more.size() > AdvisoryLimits::kAlternatives) return give_up("too_complex");
      std::vector<Conjunction> joined;
      for (const auto& left : out)
        for (const auto& right : more) {
          auto one = left;
          one.insert(one.end(), right.begin(), right.end());
          if (one.size() > AdvisoryLimits::kTerms) return give_up("too_complex");
          joined.push_back(std::move(one));
        }
      out = std::move(joined);
    }
    return out;
  }
  std::vector<Conjunction> comparison() {
    if (lexer_.take_sign("(")) {
      if (++depth_ > AdvisoryLimits::kNesting) return give_up("too_complex");
      auto out = either();
      --depth_;
      if (broken_) return {};
      if (!lexer_.take_sign(")")) return give_up("pattern");
      return out;
    }
    if (lexer_.now().kind != PatternToken::Kind::kWord) return give_up("pattern");
    const auto path = lexer_.now().text;
    lexer_.next();
    const bool negated = lexer_.take_word("NOT");
    const auto sign = lexer_.now();
    lexer_.next();
    std::vector<std::string> values;
    if (!read_values(sign.text, values)) return give_up("pattern");
    const auto type = type_of_path(path);
    if (!type) return drop("path", path);
    const bool subset =
        sign.text == "ISSUBSET" && (*type == ObservableType::kIpv4 || *type == ObservableType::kIpv6);
    if (negated || !(sign.text == "=" || sign.text == "IN" || subset))
      return drop("operator", fmt::format("{}{} {}", negated ? "NOT " : "", sign.text, path));
    std::vector<Conjunction> out;
    for (const auto& value : values) {
      bool too_wide = false;
      if (auto term = indicator_term(*type, value, too_wide))
        out.push_back({*std::move(term)});
      else
        drop(too_wide ? "too_wide" : "value", value);
    }
    return out;
  }
  bool read_values(std::string_view sign, std::vector<std::string>& into) {
    const bool several = sign == "IN";
    if (several && !lexer_.take_sign("(")) return false;
    do {
      const auto kind = lexer_.now().kind;
      if (kind != PatternToken::Kind::kText && kind != PatternToken::Kind::kWord) return false;
      // t'2026-…', b'…', h'…' and numbers: no value of a path we know, but a pattern all the same.
      auto text = lexer_.now().text;
      lexer_.next();
      if (kind == PatternToken::Kind::kWord && lexer_.now().kind == PatternToken::Kind::kText) lexer_.next();
      into.push_back(std::move(text));
      if (into.size() > AdvisoryLimits::kAlternatives) return false;
    } while (several && lexer_.take_sign(","));
    return !several || lexer_.take_sign(")");
  }
  std::vector<Conjunction> drop(std::string_view reason, std::string_view detail) {
    add_not_used(into_, origin_, reason, detail);
    return {};
  }
  std::vector<Conjunction> give_up(std::string_view reason) {
    if (!broken_) add_not_used(into_, origin_, reason, pattern_);
    broken_ = true;
    return {};
  }

  PatternLexer lexer_;
  std::string_view pattern_, origin_;
  ReadAdvisory& into_;
  std::size_t depth_ = 0;
  bool broken_ = false;
};

}  // namespace

std::vector<std::vector<IndicatorTerm>> stix_alternatives(std::string_view pattern, std::string_view origin,
                                                          ReadAdvisory& into) {
  if (pattern.size() > AdvisoryLimits::kPatternBytes) {
    add_not_used(into, origin, "too_complex", pattern);
    return {};
  }
  return PatternReader(pattern, origin, into).read();
}

}  // namespace vedette::desk
