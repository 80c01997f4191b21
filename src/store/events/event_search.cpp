#include "store/events/event_search.h"

#include <charconv>

#include "base/text/utf8.h"
#include "store/events/event_tables.h"

namespace vedette::store {
namespace {

constexpr std::size_t kWordBytesMax = 500, kNameBytesMax = 200;

// A condition and its parameters, gathered in the order they stand.
class Where {
 public:
  void add(std::string condition, Parameters parameters = {}) {
    sql_ += (sql_.empty() ? " WHERE " : " AND ") + std::move(condition);
    for (auto& one : parameters) parameters_.push_back(std::move(one));
  }
  const std::string& sql() const { return sql_; }
  const Parameters& parameters() const { return parameters_; }

 private:
  std::string sql_;
  Parameters parameters_;
};

Result<void> add_term(Where& where, const FieldTerm& term) {
  if (term.field.empty() || term.field.size() > kNameBytesMax || !is_valid_utf8(term.field))
    return fail(ErrorCode::kInvalid, "a field's name must have 1 to 200 bytes");
  for (unsigned char c : term.field) {
    if (c < 0x20 || c == '"' || c == '\\' || c == '*')
      return fail(ErrorCode::kInvalid, "the field's name " + term.field + " holds a character no field has");
  }
  if (term.value.size() > kWordBytesMax || !is_valid_utf8(term.value))
    return fail(ErrorCode::kInvalid, "the value looked for in " + term.field + " is longer than 500 bytes");
  std::string value;
  Parameters parameters;
  if (term.field == "source" || term.field == "dataset" || term.field == "host") {
    value = term.field;
  } else {
    // A dotted name may be one member or nested ones.
    std::string nested = "$.\"";
    for (char c : term.field) nested += c == '.' ? std::string("\".\"") : std::string(1, c);
    value =
        "coalesce(TRY(json_extract_string(coalesce(fields, raw), ?)), "
        "TRY(json_extract_string(coalesce(fields, raw), ?)))";
    parameters = {"$.\"" + term.field + "\"", nested + "\""};
  }
  using Is = FieldTerm::Is;
  if (term.is == Is::kPresent) {
    where.add(value + " IS NOT NULL", parameters);
    return {};
  }
  parameters.emplace_back(term.value);
  if (term.is == Is::kContains)
    where.add("contains(lower(" + value + "), lower(?))", parameters);
  else if (term.is == Is::kEqual)
    where.add("lower(" + value + ") = lower(?)", parameters);
  else
    where.add("lower(" + value + ") IS DISTINCT FROM lower(?)", parameters);
  return {};
}

Result<Where> where_of(const EventQuery& query) {
  if (query.words.size() + query.terms.size() > EventStore::kTermsMax)
    return fail(ErrorCode::kLimit, fmt::format("at most {} words and fields at once", EventStore::kTermsMax));
  Where where;
  if (query.from) where.add("time >= ?", {to_unix_ms(*query.from)});
  if (query.to) where.add("time < ?", {to_unix_ms(*query.to)});
  for (const auto& word : query.words) {
    if (word.empty() || word.size() > kWordBytesMax || !is_valid_utf8(word))
      return fail(ErrorCode::kInvalid, "a word looked for must have 1 to 500 bytes of UTF-8");
    where.add("contains(lower(raw), lower(?))", {word});
  }
  for (const auto& term : query.terms) TRY(add_term(where, term));
  if (!query.rule.empty()) where.add("contains(rules, ?)", {joined_rules({query.rule})});
  return where;
}

bool whole_number(std::string_view text, std::int64_t& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

Result<void> add_cursor(Where& where, std::string_view cursor) {
  std::int64_t time = 0, id = 0;
  // The time may be before 1970, so its own sign is not the one between the two.
  const auto dash = cursor.find('-', 1);
  if (dash != cursor.npos && whole_number(cursor.substr(0, dash), time) &&
      whole_number(cursor.substr(dash + 1), id)) {
    where.add("(time < ? OR (time = ? AND id < ?))", {time, time, id});
    return {};
  }
  return fail(ErrorCode::kInvalid, "the cursor is none of ours: begin again without it");
}

// Today's table and the sealed days as one, each narrowed before they are put together.
EventSql everywhere(std::string_view columns, const Where& where, const std::vector<std::string>& files) {
  EventSql out;
  out.sql = fmt::format("SELECT {} FROM events{}", columns, where.sql());
  out.parameters = where.parameters();
  if (files.empty()) return out;
  std::string list;
  for (const auto& file : files) list += (list.empty() ? "" : ", ") + quoted_sql(file);
  out.sql += fmt::format(" UNION ALL SELECT {} FROM read_parquet([{}]){}", columns, list, where.sql());
  out.parameters.insert(out.parameters.end(), where.parameters().begin(), where.parameters().end());
  return out;
}

}  // namespace

std::string quoted_sql(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string next_cursor(const StoredEvent& last) {
  return fmt::format("{}-{}", to_unix_ms(last.time), last.id);
}

Result<EventSql> search_sql(const EventQuery& query, const std::vector<std::string>& files) {
  if (query.limit == 0 || query.limit > EventStore::kPageMax)
    return fail(ErrorCode::kInvalid, fmt::format("limit must be 1 to {}", EventStore::kPageMax));
  TRY_ASSIGN(auto where, where_of(query));
  if (!query.after.empty()) TRY(add_cursor(where, query.after));
  auto out = everywhere(kEventColumns, where, files);
  out.sql = fmt::format("SELECT * FROM ({}) ORDER BY time DESC, id DESC LIMIT {}", out.sql, query.limit);
  return out;
}

Result<EventSql> histogram_sql(const EventQuery& query, std::size_t buckets,
                               const std::vector<std::string>& files) {
  if (!query.from || !query.to || *query.from >= *query.to)
    return fail(ErrorCode::kInvalid, "a histogram needs a time from and a later one to");
  if (buckets == 0 || buckets > EventStore::kBucketsMax)
    return fail(ErrorCode::kInvalid, fmt::format("buckets must be 1 to {}", EventStore::kBucketsMax));
  TRY_ASSIGN(auto where, where_of(query));
  auto out = everywhere("time", where, files);
  auto from = to_unix_ms(*query.from), width = to_unix_ms(*query.to) - from;
  out.sql = fmt::format(
      "SELECT CAST((CAST(time AS HUGEINT) - {}) * {} // {} AS BIGINT) AS bucket, CAST(count(*) AS BIGINT) "
      "FROM ({}) GROUP BY bucket ORDER BY bucket",
      from, buckets, width, out.sql);
  return out;
}

EventSql rule_hits_sql(WallTime from, WallTime to, const std::vector<std::string>& files) {
  Where where;
  where.add("rules IS NOT NULL AND time >= ? AND time < ?", {to_unix_ms(from), to_unix_ms(to)});
  auto out = everywhere("time, rules", where, files);
  out.sql = fmt::format(
      "SELECT rule, CAST(count(*) AS BIGINT) AS events, max(time) FROM "
      "(SELECT time, unnest(string_split(trim(rules, '|'), '|')) AS rule FROM ({})) "
      "GROUP BY rule ORDER BY events DESC, rule LIMIT {}",
      out.sql, EventStore::kRulesMax);
  return out;
}

}  // namespace vedette::store
