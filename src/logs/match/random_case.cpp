#include "logs/match/random_case.h"

#include "base/text/utf8.h"
#include "logs/sigma/regex.h"

namespace vedette::logs::match {

using sigma::Comparison;
using sigma::Expression;
using sigma::GlobPart;

namespace {

constexpr std::string_view kNames[] = {"Channel", "EventID", "Image",         "CommandLine",
                                       "a.b",     "x",       "TargetFilename"};
// Two that fold to ASCII (the Kelvin sign, long s), some whose case is beyond ASCII, bytes that are no UTF-8.
constexpr std::string_view kTokens[] = {
    "cmd.exe", "CMD",  "\\",     "\\",     "power",    "Shell",    "a",
    "A",       "aa",   "é",      "É",      "\u212A",   "k",        "ſ",
    "s",       "ẞ",    "ß",      "\xff",   "\xC3",     ".",        "/",
    " ",       "-enc", "1",      "4688",   "10.1.2.3", "fe80::1",  "-3.5",
    "whoami",  "*",    "?",      "\"",     "\n",       "Security", "2026-01-02 23:59:07",
    "đ",       "Đ",    "\u2C65", "\u023A", "true",     "null",     "http",
    "İ"};
constexpr std::string_view kRegexes[] = {"cmd.{0,3}exe",
                                         "(?i)POWER(shell|less)",
                                         "^a.*s$",
                                         "(foo|cmd|whoami)",
                                         "[kK]a",
                                         "(?i)k",
                                         "",
                                         "a|é",
                                         "(?:-enc|http)\\s?",
                                         "\\d{4}",
                                         "(?i)ſhell",
                                         "(?s)shell.+whoami",
                                         "power.*(cmd|-enc)",
                                         "[^a]{3}"};
constexpr std::string_view kSources[] = {"linux//", "linux//sshd", "/webserver/", "//"};
constexpr std::string_view kNetworks[] = {"10.0.0.0/8", "10.1.2.3", "fe80::/10", "::/0"};

}  // namespace

// splitmix64: https://prng.di.unimi.it/splitmix64.c
std::uint64_t RandomCase::number(std::uint64_t below) {
  auto z = state_ += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return (z ^ (z >> 31)) % below;
}

std::string RandomCase::text(std::size_t tokens_max) {
  std::string out;
  for (auto n = number(tokens_max + 1); n > 0; --n) out += kTokens[number(std::size(kTokens))];
  return out;
}

std::string RandomCase::regex() { return std::string(kRegexes[number(std::size(kRegexes))]); }

sigma::Predicate RandomCase::predicate() {
  sigma::Predicate out;
  if (number(12) > 0) out.field = kNames[number(std::size(kNames))];
  out.cased = number(4) == 0;
  out.text = text(2);
  static constexpr Comparison kUsual[] = {
      Comparison::kEquals,   Comparison::kEquals,     Comparison::kContains, Comparison::kContains,
      Comparison::kContains, Comparison::kStartsWith, Comparison::kEndsWith, Comparison::kEndsWith,
      Comparison::kWildcard, Comparison::kRegex};
  out.comparison = number(4) > 0 ? kUsual[number(std::size(kUsual))]
                                 : static_cast<Comparison>(number(static_cast<int>(Comparison::kYear) + 1));
  switch (out.comparison) {
    case Comparison::kWildcard:
      for (auto n = 1 + number(3); n > 0; --n)
        out.parts.push_back({text(1), static_cast<GlobPart::Gap>(number(n == 1 ? 3 : 2) + (n == 1 ? 0 : 1))});
      break;
    case Comparison::kRegex:
      out.text = regex();
      break;
    case Comparison::kRegexBacktracking:
      out.text = "(?i)cmd(?!\\.exe)";
      break;
    case Comparison::kCidr:
      out.text = kNetworks[number(std::size(kNetworks))];
      break;
    case Comparison::kFieldEquals:
    case Comparison::kFieldContains:
    case Comparison::kFieldStartsWith:
    case Comparison::kFieldEndsWith:
      out.text = kNames[number(std::size(kNames))];
      if (out.field.empty()) out.field = "x";
      break;
    case Comparison::kSource:
      out.field.clear();
      out.text = kSources[number(std::size(kSources))];
      break;
    default:
      out.number = static_cast<double>(number(5)) - 2;
  }
  return out;
}

Expression RandomCase::expression(std::size_t predicates, int depth) {
  Expression out;
  const auto kind = depth == 0 ? 0 : number(4);
  if (kind == 0) {
    out.kind = Expression::Kind::kPredicate;
    out.predicate = static_cast<std::uint32_t>(number(predicates));
    return out;
  }
  out.kind = static_cast<Expression::Kind>(kind);
  auto children = out.kind == Expression::Kind::kNot ? 1 : number(4);
  for (; children > 0; --children) out.of.push_back(expression(predicates, depth - 1));
  return out;
}

std::vector<sigma::Rule> RandomCase::rules(std::size_t most) {
  std::vector<sigma::Rule> out;
  // Some predicates are shared, as in real rule sets.
  std::vector<sigma::Predicate> shared;
  for (int i = 0; i < 8; ++i) shared.push_back(predicate());
  for (auto n = 1 + number(most); n > 0; --n) {
    sigma::Rule rule;
    rule.id = "rule-" + std::to_string(n);
    for (auto p = 1 + number(6); p > 0; --p)
      rule.predicates.push_back(number(3) == 0 ? shared[number(shared.size())] : predicate());
    rule.condition = expression(rule.predicates.size(), 4);
    out.push_back(std::move(rule));
  }
  return out;
}

// Some bytes as escapes, and some that JSON does not know.
std::string RandomCase::escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (ascii && number(20) == 0)
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  if (number(20) == 0) out += "\\ud83d\\ude00";
  if (number(30) == 0) out += "\\x";
  return out;
}

EventView RandomCase::event() {
  texts_.clear();
  fields_.clear();
  for (auto n = number(8); n > 0; --n) {
    Field field;
    field.name = number(30) == 0 ? std::string_view() : kNames[number(std::size(kNames))];
    field.escaped = number(2) == 0;
    auto value = text(number(10) == 0 ? 40 : 4);
    switch (number(12)) {
      case 0:
        field.kind = ValueKind::kNull;
        value = "null";
        field.escaped = false;
        break;
      case 1:
        field.kind = ValueKind::kNumber;
        value = "4688";
        field.escaped = false;
        break;
      case 2:
        field.kind = ValueKind::kTrue;
        value = "true";
        field.escaped = false;
        break;
      default:
        break;
    }
    texts_.push_back(field.escaped ? escaped(value) : value);
    field.value = texts_.back();
    fields_.push_back(field);
  }
  texts_.push_back(text(5));
  EventView event;
  event.raw = texts_.back();
  if (number(2) == 0) {
    // As a reader leaves them: values within the raw bytes, some of which belong to none.
    std::string raw;
    for (const auto& field : fields_) (raw += number(4) == 0 ? text(1) : "\":\"") += field.value;
    texts_.push_back(std::move(raw));
    event.raw = texts_.back();
    std::size_t at = 0;
    for (auto& field : fields_) {
      at = event.raw.find(field.value, at);
      field.value = event.raw.substr(at, field.value.size());
      at += field.value.size();
    }
  }
  event.fields = fields_;
  event.raw_is_text = number(2) == 0;
  static constexpr LogSource kEventSources[] = {{}, {"linux", "", "sshd"}, {"linux", "webserver", ""}};
  event.source = kEventSources[number(std::size(kEventSources))];
  return event;
}

}  // namespace vedette::logs::match
