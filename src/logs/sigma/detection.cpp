#include "logs/sigma/detection.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/text/base64.h"
#include "logs/sigma/cidr.h"
#include "logs/sigma/regex.h"
#include "logs/sigma/sigma_string.h"

namespace vedette::logs::sigma {

using Kind = Expression::Kind;

struct DetectionReader::Modifiers {
  enum class Transform : std::uint8_t { kUtf16, kUtf16le, kUtf16be, kBase64, kBase64Offset, kWindash };
  std::string field;
  std::vector<Transform> transforms;       // in their order
  Comparison place = Comparison::kEquals;  // or kContains, kStartsWith, kEndsWith
  // What else is asked of the value; kEquals: it is text.
  Comparison test = Comparison::kEquals;
  bool all = false, cased = false, differs = false, expand = false;
  RegexFlags flags;
};

namespace {

struct NamedComparison {
  std::string_view name;
  Comparison comparison;
};
constexpr std::array kPlaces = {NamedComparison{"contains", Comparison::kContains},
                                NamedComparison{"startswith", Comparison::kStartsWith},
                                NamedComparison{"endswith", Comparison::kEndsWith}};
constexpr std::array kTests = {
    NamedComparison{"re", Comparison::kRegex},      NamedComparison{"cidr", Comparison::kCidr},
    NamedComparison{"exists", Comparison::kExists}, NamedComparison{"fieldref", Comparison::kFieldEquals},
    NamedComparison{"gt", Comparison::kGreater},    NamedComparison{"gte", Comparison::kGreaterEqual},
    NamedComparison{"lt", Comparison::kLess},       NamedComparison{"lte", Comparison::kLessEqual},
    NamedComparison{"minute", Comparison::kMinute}, NamedComparison{"hour", Comparison::kHour},
    NamedComparison{"day", Comparison::kDay},       NamedComparison{"week", Comparison::kWeek},
    NamedComparison{"month", Comparison::kMonth},   NamedComparison{"year", Comparison::kYear}};

template <class Rows>
const NamedComparison* find_row(const Rows& rows, std::string_view name) {
  for (const auto& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

Expression join(Kind kind, std::vector<Expression> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {.kind = kind, .of = std::move(parts)};
}

Expression negated(Expression of) {
  Expression out{.kind = Kind::kNot};
  out.of.push_back(std::move(of));
  return out;
}

// `value` wherever `place` says.
void widen(SigmaString& value, Comparison place) {
  const Piece any{Piece::Kind::kAny, {}};
  if (place == Comparison::kContains || place == Comparison::kEndsWith) value.insert(value.begin(), any);
  if (place == Comparison::kContains || place == Comparison::kStartsWith) value.push_back(any);
}

// One piece of text, or nothing at all for nothing.
SigmaString literal(std::string text) {
  if (text.empty()) return {};
  return {{Piece::Kind::kText, std::move(text)}};
}

std::string key_of(const Predicate& predicate) {
  auto out = fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}", static_cast<int>(predicate.comparison),
                         predicate.cased, predicate.number, predicate.field, predicate.text);
  for (const auto& part : predicate.parts)
    out += fmt::format("\x1f{}\x1f{}", static_cast<int>(part.gap), part.literal);
  return out;
}

}  // namespace

DetectionReader::DetectionReader(Rule& rule, const Placeholders& placeholders)
    : rule_(rule), placeholders_(placeholders) {}

void DetectionReader::refuse(std::uint32_t line, std::string reason) {
  if (!error_) error_ = YamlError{line, std::move(reason)};
}

Expression DetectionReader::leaf(Predicate predicate, std::uint32_t line) {
  auto [at, fresh] =
      known_.try_emplace(key_of(predicate), static_cast<std::uint32_t>(rule_.predicates.size()));
  if (fresh) {
    if (rule_.predicates.size() >= kPredicatesMax)
      refuse(line, fmt::format("more than {} values in one rule", kPredicatesMax));
    else
      rule_.predicates.push_back(std::move(predicate));
  }
  return {.kind = Kind::kPredicate, .predicate = at->second};
}

Expression DetectionReader::read(const YamlNode& detection) {
  if (error_) return {};
  if (detection.mapping()) return mapping(detection);
  if (detection.scalar()) return one_value({}, detection);  // one keyword
  if (detection.items.empty()) refuse(detection.line, "an empty list");
  Expression out{.kind = Kind::kOr};
  for (const auto& each : detection.items) out.of.push_back(read(each));
  return join(Kind::kOr, std::move(out.of));
}

Expression DetectionReader::mapping(const YamlNode& node) {
  if (node.keys.empty()) refuse(node.line, "an empty mapping");
  std::vector<Expression> parts;
  for (std::size_t i = 0; i < node.keys.size() && !error_; ++i)
    parts.push_back(item(node.keys[i], node.items[i]));
  return join(Kind::kAnd, std::move(parts));
}

DetectionReader::Modifiers DetectionReader::modifiers(const YamlNode& key) {
  using Transform = Modifiers::Transform;
  Modifiers out;
  std::string_view rest = key.text;
  auto bar = rest.find('|');
  out.field = rest.substr(0, bar);
  while (bar != rest.npos) {
    rest.remove_prefix(bar + 1);
    bar = rest.find('|');
    const auto name = rest.substr(0, bar);
    const auto* place = find_row(kPlaces, name);
    const auto* test = find_row(kTests, name);
    if (place != nullptr) {
      if (out.place != Comparison::kEquals)
        refuse(key.line, fmt::format("two places for one value: {}", key.text));
      out.place = place->comparison;
    } else if (test != nullptr) {
      if (out.test != Comparison::kEquals)
        refuse(key.line, fmt::format("two tests for one value: {}", key.text));
      out.test = test->comparison;
    } else if (name == "all") {
      out.all = true;
    } else if (name == "cased") {
      out.cased = true;
    } else if (name == "neq") {
      out.differs = true;
    } else if (name == "expand") {
      out.expand = true;
    } else if (name == "i" || name == "m" || name == "s" || name == "ignorecase" || name == "multiline" ||
               name == "dotall") {
      if (out.test != Comparison::kRegex) refuse(key.line, fmt::format("\"{}\" belongs behind \"re\"", name));
      if (name[0] == 'i') out.flags.ignore_case = true;
      if (name[0] == 'm') out.flags.multi_line = true;
      if (name[0] == 's' || name[0] == 'd') out.flags.dot_all = true;
    } else if (name == "wide" || name == "utf16le") {
      out.transforms.push_back(Transform::kUtf16le);
    } else if (name == "utf16") {
      out.transforms.push_back(Transform::kUtf16);
    } else if (name == "utf16be") {
      out.transforms.push_back(Transform::kUtf16be);
    } else if (name == "base64") {
      out.transforms.push_back(Transform::kBase64);
    } else if (name == "base64offset") {
      out.transforms.push_back(Transform::kBase64Offset);
    } else if (name == "windash") {
      out.transforms.push_back(Transform::kWindash);
    } else {
      refuse(key.line, fmt::format("the modifier \"{}\" is not known", name));
    }
  }
  const bool text = out.test == Comparison::kEquals;
  const bool placed = text || out.test == Comparison::kRegex || out.test == Comparison::kFieldEquals;
  if (!placed && out.place != Comparison::kEquals)
    refuse(key.line, fmt::format("these modifiers do not go together: {}", key.text));
  if (!text && !out.transforms.empty())
    refuse(key.line, fmt::format("only text can be encoded: {}", key.text));
  if (out.cased && !text && out.test != Comparison::kFieldEquals)
    refuse(key.line, fmt::format("\"cased\" is for texts: {}", key.text));
  return out;
}

Expression DetectionReader::item(const YamlNode& key, const YamlNode& value) {
  const auto how = modifiers(key);
  if (error_) return {};
  if (value.mapping()) {
    refuse(value.line, fmt::format("a mapping as the value of \"{}\"", key.text));
    return {};
  }
  std::vector<Expression> parts;
  if (value.scalar()) parts.push_back(one_value(how, value));
  for (const auto& each : value.items) {
    if (!each.scalar()) refuse(each.line, "a list or mapping in a list of values");
    if (error_) return {};
    parts.push_back(one_value(how, each));
  }
  if (parts.empty()) refuse(value.line, fmt::format("\"{}\" has an empty list of values", key.text));
  if (error_) return {};
  auto any = join(how.all ? Kind::kAnd : Kind::kOr, std::move(parts));
  if (!how.differs) return any;
  // "Different" speaks of a field that is there.
  std::vector<Expression> both;
  both.push_back(leaf({.field = how.field, .comparison = Comparison::kExists}, key.line));
  both.push_back(negated(std::move(any)));
  return join(Kind::kAnd, std::move(both));
}

Expression DetectionReader::one_value(const Modifiers& how, const YamlNode& value) {
  switch (how.test) {
    case Comparison::kEquals:
      break;
    case Comparison::kRegex:
      return regex_value(how, value);
    case Comparison::kFieldEquals:
      return reference_value(how, value);
    case Comparison::kCidr:
      if (!parse_network(value.text)) refuse(value.line, fmt::format("\"{}\" is no network", value.text));
      return leaf({.field = how.field, .comparison = Comparison::kCidr, .text = value.text}, value.line);
    case Comparison::kExists: {
      const auto wanted = value.boolean();
      if (!wanted) refuse(value.line, fmt::format("\"exists\" wants true or false, not \"{}\"", value.text));
      auto there = leaf({.field = how.field, .comparison = Comparison::kExists}, value.line);
      return wanted.value_or(true) ? there : negated(std::move(there));
    }
    default:
      return number_value(how, value);
  }
  if (!value.null()) return text_value(how, value);
  if (how.place != Comparison::kEquals || !how.transforms.empty() || how.field.empty())
    refuse(value.line, "null where a text should be");
  return leaf({.field = how.field, .comparison = Comparison::kNull}, value.line);
}

std::vector<std::string> DetectionReader::resolved(const std::string& name) {
  auto found = placeholders_.find(name);
  if (found != placeholders_.end() && !found->second.empty()) return found->second;
  if (std::ranges::find(rule_.unresolved, name) == rule_.unresolved.end()) rule_.unresolved.push_back(name);
  return {};
}

Expression DetectionReader::text_value(const Modifiers& how, const YamlNode& value) {
  using Transform = Modifiers::Transform;
  std::vector<SigmaString> forms = {parse_sigma_string(value.text, how.expand)};
  auto each = [&](auto&& make) {
    std::vector<SigmaString> made;
    for (const auto& form : forms) {
      for (auto& one : make(form)) made.push_back(std::move(one));
    }
    forms = std::move(made);
    if (forms.size() > kPredicatesMax) refuse(value.line, "a value with too many forms");
  };
  // Placeholders first, one after the other.
  auto placeholder = [](const SigmaString& form) {
    return std::ranges::find(form, Piece::Kind::kPlaceholder, &Piece::kind) - form.begin();
  };
  while (how.expand && !error_ && !forms.empty() &&
         placeholder(forms.front()) < static_cast<std::ptrdiff_t>(forms.front().size())) {
    each([&](const SigmaString& form) {
      std::vector<SigmaString> out;
      const auto at = placeholder(form);
      for (const auto& text : resolved(form[static_cast<std::size_t>(at)].text)) {
        SigmaString filled(form.begin(), form.begin() + at);
        for (auto& piece : parse_sigma_string(text)) filled.push_back(std::move(piece));
        filled.insert(filled.end(), form.begin() + at + 1, form.end());
        out.push_back(std::move(filled));
      }
      return out;
    });
  }
  for (auto transform : how.transforms) {
    if (error_) return {};
    each([&](const SigmaString& form) -> std::vector<SigmaString> {
      if (transform == Transform::kWindash) {
        auto all = windash_forms(form);
        if (all.empty()) refuse(value.line, "too many dashes for \"windash\"");
        return all;
      }
      if (has_wildcard(form))
        refuse(value.line, fmt::format("a wildcard cannot be encoded: \"{}\"", value.text));
      const auto text = literal_of(form);
      switch (transform) {
        case Transform::kUtf16:
          return {literal("\xff\xfe" + utf16le(text))};
        case Transform::kUtf16le:
          return {literal(utf16le(text))};
        case Transform::kUtf16be:
          return {literal(utf16be(text))};
        case Transform::kBase64:
          return {literal(base64_encode(text))};
        default:
          break;
      }
      std::vector<SigmaString> out;
      for (std::size_t offset = 0; offset < 3; ++offset) {
        auto encoded = base64_at_offset(text, offset);
        if (encoded.empty()) refuse(value.line, "too short for \"base64offset\"");
        out.push_back(literal(std::move(encoded)));
      }
      return out;
    });
  }
  std::vector<Expression> any;
  for (auto& form : forms) {
    if (error_) return {};
    // A keyword stands anywhere in a value.
    widen(form, how.field.empty() && how.place == Comparison::kEquals ? Comparison::kContains : how.place);
    Predicate predicate{.field = how.field, .cased = how.cased};
    set_text_comparison(form, predicate);
    any.push_back(leaf(std::move(predicate), value.line));
  }
  if (any.empty()) return {.kind = Kind::kOr};  // a placeholder without values
  return join(Kind::kOr, std::move(any));
}

Expression DetectionReader::regex_value(const Modifiers& how, const YamlNode& value) {
  std::string pattern = value.text;
  if (how.place == Comparison::kStartsWith) pattern = "\\A(?:" + pattern + ")";
  if (how.place == Comparison::kEndsWith) pattern = "(?:" + pattern + ")\\z";
  auto translated = translate_regex(pattern, how.flags);
  if (!translated) {
    refuse(value.line, std::move(translated).error());
    return {};
  }
  return leaf({.field = how.field, .comparison = translated->comparison, .text = std::move(translated->text)},
              value.line);
}

Expression DetectionReader::number_value(const Modifiers& how, const YamlNode& value) {
  const auto number = value.number();
  if (!number || how.field.empty())
    refuse(value.line, fmt::format("\"{}\" where a field is compared with a number", value.text));
  return leaf({.field = how.field, .comparison = how.test, .number = number.value_or(0)}, value.line);
}

Expression DetectionReader::reference_value(const Modifiers& how, const YamlNode& value) {
  if (how.field.empty() || value.text.empty() || value.null())
    refuse(value.line, "\"fieldref\" wants two fields");
  const auto comparison = how.place == Comparison::kContains     ? Comparison::kFieldContains
                          : how.place == Comparison::kStartsWith ? Comparison::kFieldStartsWith
                          : how.place == Comparison::kEndsWith   ? Comparison::kFieldEndsWith
                                                                 : Comparison::kFieldEquals;
  return leaf({.field = how.field, .comparison = comparison, .cased = how.cased, .text = value.text},
              value.line);
}

}  // namespace vedette::logs::sigma
