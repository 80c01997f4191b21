#include "desk/clocks/toml_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/plain_toml.h"
#include "base/zone.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kIdBytesMax = 40;

std::string one_of_these(std::span<const std::string_view> words) {
  return fmt::format("write one of: {}", fmt::join(words, ", "));
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kIdBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<std::chrono::local_days> day_of(const toml::node& node) {
  auto value = node.value_exact<toml::date>();
  if (!value) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(value->year), std::chrono::month(value->month),
                                   std::chrono::day(value->day)};
  if (!date.ok() || date.year() < std::chrono::year(1900) || date.year() > std::chrono::year(2200))
    return std::nullopt;
  return std::chrono::local_days(date);
}

}  // namespace

Result<toml::table> read_toml(std::string_view text, std::string_view file) {
  if (text.size() > kClockFileBytesMax)
    return fail(ErrorCode::kLimit,
                fmt::format("{}: is larger than {} KiB; split it", file, kClockFileBytesMax / 1024));
  auto plain = plain_toml(text);
  if (!plain)
    return fail(ErrorCode::kInvalid, fmt::format("{}:{}: {}", file, plain.error().line, plain.error().what));
  try {
    return toml::parse(*plain, file);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}:{}: is no TOML: {}", file, error.source().begin.line, error.description()));
  }
}

const toml::node* TomlFields::find(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

void TomlFields::refuse(std::string_view key, std::string_view what) {
  if (refusal_) return;
  const auto* node = table_.get(key);
  const auto line = (node ? node->source() : table_.source()).begin.line;
  refusal_.emplace(ErrorCode::kInvalid, fmt::format("{}:{}: {}: {}", file_, line, key, what));
}

void TomlFields::take(const Result<void>& inner) {
  if (!inner && !refusal_) refusal_ = inner.error();
}

std::string TomlFields::text(std::string_view key) {
  const auto* node = find(key);
  auto value = node ? node->value_exact<std::string>() : std::nullopt;
  if (!value || value->empty()) {
    refuse(key, node ? "write a text in quotes" : "is missing; write a text in quotes");
    return {};
  }
  if (value->size() > kClockTextBytesMax)
    refuse(key, fmt::format("is longer than {} bytes", kClockTextBytesMax));
  return *value;
}

std::string TomlFields::id(std::string_view key) {
  auto value = text(key);
  if (!is_id(value))
    refuse(key, fmt::format("write at most {} of the characters a to z, 0 to 9 and _", kIdBytesMax));
  return value;
}

TwoLanguages TomlFields::both(std::string_view key) {
  const auto* node = find(key);
  const auto* inner = node ? node->as_table() : nullptr;
  if (!inner) {
    refuse(key, fmt::format("write {0}.vi and {0}.en, a text in each language", key));
    return {};
  }
  TomlFields fields(*inner, file_);
  TwoLanguages out{fields.text("vi"), fields.text("en")};
  take(fields.finish());
  return out;
}

std::int64_t TomlFields::number(std::string_view key, std::int64_t least, std::int64_t most) {
  const auto* node = find(key);
  auto value = node ? node->value_exact<std::int64_t>() : std::nullopt;
  if (!value || *value < least || *value > most) {
    refuse(key, fmt::format("write a whole number from {} to {}", least, most));
    return least;
  }
  return *value;
}

bool TomlFields::flag(std::string_view key, bool otherwise) {
  const auto* node = find(key);
  if (!node) return otherwise;
  auto value = node->value_exact<bool>();
  if (!value) refuse(key, "write true or false");
  return value.value_or(otherwise);
}

std::size_t TomlFields::word(std::string_view key, std::span<const std::string_view> words) {
  const auto* node = find(key);
  auto value = node ? node->value_exact<std::string>() : std::nullopt;
  auto found = value ? std::ranges::find(words, *value) : words.end();
  if (found == words.end()) {
    refuse(key, one_of_these(words));
    return 0;
  }
  return static_cast<std::size_t>(found - words.begin());
}

std::vector<std::size_t> TomlFields::words(std::string_view key, std::span<const std::string_view> words) {
  const auto* node = find(key);
  std::vector<std::size_t> out;
  if (!node) return out;
  const auto* list = node->as_array();
  if (!list) refuse(key, "write a list: [\"…\"]");
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    auto value = list->get(i)->value_exact<std::string>();
    auto found = value ? std::ranges::find(words, *value) : words.end();
    if (found == words.end()) {
      refuse(key, one_of_these(words));
      return {};
    }
    out.push_back(static_cast<std::size_t>(found - words.begin()));
  }
  return out;
}

std::vector<std::string> TomlFields::texts(std::string_view key, std::size_t most) {
  const auto* node = find(key);
  std::vector<std::string> out;
  if (!node) return out;
  const auto* list = node->as_array();
  if (!list || list->size() > most) {
    refuse(key, fmt::format("write a list of at most {} texts: [\"…\"]", most));
    return out;
  }
  for (const auto& element : *list) {
    auto value = element.value_exact<std::string>();
    if (!value || value->empty() || value->size() > kClockTextBytesMax ||
        std::ranges::find(out, *value) != out.end()) {
      refuse(key, "write texts in quotes, each once");
      return {};
    }
    out.push_back(*std::move(value));
  }
  return out;
}

std::optional<std::chrono::local_days> TomlFields::date(std::string_view key) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  auto day = day_of(*node);
  if (!day) refuse(key, "write a date without quotes, like 2026-07-01");
  return day;
}

std::string TomlFields::zone(std::string_view key) {
  auto out = text(key);
  if (out.empty()) return out;
  if (auto zone = Zone::find(out); !zone) refuse(key, zone.error().message());
  return out;
}

std::optional<std::chrono::local_days> TomlFields::verified_on(bool verified, std::string_view against) {
  auto day = date("verified_on");
  if (verified != day.has_value())
    refuse("verified_on",
           verified ? fmt::format("is missing; write the day on which somebody compared this file with {}",
                                  against)
                    : "belongs to status = \"verified\"");
  return day;
}

std::vector<std::chrono::local_days> TomlFields::dates(std::string_view key, std::size_t most) {
  const auto* node = find(key);
  std::vector<std::chrono::local_days> out;
  if (!node) return out;
  const auto* list = node->as_array();
  if (!list || list->size() > most) {
    refuse(key, fmt::format("write a list of at most {} dates, like [2026-02-16, 2026-02-17]", most));
    return out;
  }
  for (const auto& element : *list) {
    auto day = day_of(element);
    if (!day) {
      refuse(key, "write dates without quotes, like [2026-02-16, 2026-02-17]");
      return {};
    }
    out.push_back(*day);
  }
  return out;
}

std::vector<const toml::table*> TomlFields::tables(std::string_view key, std::size_t most) {
  const auto* node = find(key);
  std::vector<const toml::table*> out;
  if (!node) return out;
  const auto* list = node->as_array();
  if (!list || list->size() > most) {
    refuse(key, fmt::format("write [[{}]], at most {} times", key, most));
    return out;
  }
  for (const auto& element : *list) {
    if (const auto* table = element.as_table()) {
      out.push_back(table);
    } else {
      refuse(key, fmt::format("write [[{}]] on a line of its own and its keys below", key));
    }
  }
  return out;
}

Result<void> TomlFields::finish() {
  if (refusal_) return std::unexpected(*refusal_);
  for (const auto& [key, node] : table_) {
    if (known_.contains(key.str())) continue;
    return fail(ErrorCode::kInvalid,
                fmt::format("{}:{}: {}: is not known here; remove it. Known are: {}", file_,
                            key.source().begin.line, key.str(), fmt::join(known_, ", ")));
  }
  return {};
}

}  // namespace vedette::desk
