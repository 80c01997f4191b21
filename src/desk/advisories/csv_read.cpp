// Indicators as CSV (RFC 4180) with a header: value, and where there are any type, valid_from, valid_until.
#include <algorithm>
#include <array>

#include "desk/advisories/indicator.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kColumnsMax = 64, kCellBytesMax = 8'192;

struct CsvRow {
  std::size_t line = 0;  // where it begins
  std::vector<std::string> cells = {};
};

// Row by row. A quote may hold line breaks, so a row may be several lines.
class CsvRows {
 public:
  CsvRows(std::string_view text, char comma) : text_(text), comma_(comma) {}

  // Nothing at the end. kInvalid names the line.
  Result<std::optional<CsvRow>> next() {
    while (at_ < text_.size() && (text_[at_] == '\r' || text_[at_] == '\n')) step();
    if (at_ >= text_.size()) return std::optional<CsvRow>();
    CsvRow row{.line = line_};
    for (;;) {
      TRY_ASSIGN(auto cell, read_cell());
      row.cells.push_back(std::move(cell));
      if (row.cells.size() > kColumnsMax) return broken("advisory.csv_columns", row.line);
      if (at_ >= text_.size() || text_[at_] != comma_) return std::optional(std::move(row));
      ++at_;
    }
  }

 private:
  std::unexpected<Error> broken(const std::string& key, std::size_t line) const {
    return refuse(ErrorCode::kInvalid, key, {{"line", std::to_string(line)}});
  }
  void step() {
    if (text_[at_] == '\n') ++line_;
    ++at_;
  }
  Result<std::string> read_cell() {
    const auto began = line_;
    std::string out;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_;; step()) {
        if (at_ >= text_.size()) return broken("advisory.csv_quote", began);
        if (text_[at_] == '"') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
          ++at_;
        }
        out += text_[at_];
        if (out.size() > kCellBytesMax) return broken("advisory.csv_cell", began);
      }
      ++at_;
      const bool ends =
          at_ >= text_.size() || text_[at_] == comma_ || text_[at_] == '\r' || text_[at_] == '\n';
      if (!ends) return broken("advisory.csv_quote", began);
      return out;
    }
    for (; at_ < text_.size() && text_[at_] != comma_ && text_[at_] != '\r' && text_[at_] != '\n'; ++at_) {
      out += text_[at_];
      if (out.size() > kCellBytesMax) return broken("advisory.csv_cell", began);
    }
    return out;
  }

  std::string_view text_;
  char comma_;
  std::size_t at_ = 0, line_ = 1;
};

std::string csv_word(std::string_view text) {
  std::string out;
  for (unsigned char c : text)
    if (c > 0x20) out += c == '_' ? '-' : static_cast<char>(std::tolower(c));
  return out;
}

struct CsvType {
  std::string_view word;
  std::optional<ObservableType> type;  // nothing: it is told by the value
};
constexpr std::array kCsvTypes{CsvType{"", {}},
                               CsvType{"ip", {}},
                               CsvType{"ip-src", {}},
                               CsvType{"ip-dst", {}},
                               CsvType{"address", {}},
                               CsvType{"ipv4", ObservableType::kIpv4},
                               CsvType{"ipv4-addr", ObservableType::kIpv4},
                               CsvType{"cidr", {}},
                               CsvType{"ipv6", ObservableType::kIpv6},
                               CsvType{"ipv6-addr", ObservableType::kIpv6},
                               CsvType{"domain", ObservableType::kDomain},
                               CsvType{"domain-name", ObservableType::kDomain},
                               CsvType{"hostname", ObservableType::kDomain},
                               CsvType{"fqdn", ObservableType::kDomain},
                               CsvType{"url", ObservableType::kUrl},
                               CsvType{"uri", ObservableType::kUrl},
                               CsvType{"email", ObservableType::kEmail},
                               CsvType{"email-addr", ObservableType::kEmail},
                               CsvType{"email-src", ObservableType::kEmail},
                               CsvType{"hash", ObservableType::kFile},
                               CsvType{"file", ObservableType::kFile},
                               CsvType{"md5", ObservableType::kFile},
                               CsvType{"sha1", ObservableType::kFile},
                               CsvType{"sha-1", ObservableType::kFile},
                               CsvType{"sha256", ObservableType::kFile},
                               CsvType{"sha-256", ObservableType::kFile},
                               CsvType{"sha512", ObservableType::kFile},
                               CsvType{"sha-512", ObservableType::kFile}};

std::optional<IndicatorTerm> csv_term(std::optional<ObservableType> type, std::string_view value,
                                      bool& too_wide) {
  if (type) return indicator_term(*type, value, too_wide);
  for (auto guess : {ObservableType::kIpv4, ObservableType::kIpv6, ObservableType::kFile,
                     ObservableType::kEmail, ObservableType::kUrl, ObservableType::kDomain}) {
    if (auto term = indicator_term(guess, value, too_wide)) return term;
    if (too_wide) return std::nullopt;
  }
  return std::nullopt;
}

struct CsvColumns {
  std::optional<std::size_t> type = {}, value = {}, from = {}, until = {};
};

CsvColumns columns_of(const CsvRow& header) {
  CsvColumns out;
  auto first_of = [&](std::initializer_list<std::string_view> names) -> std::optional<std::size_t> {
    for (auto name : names)
      for (std::size_t i = 0; i < header.cells.size(); ++i)
        if (csv_word(header.cells[i]) == name) return i;
    return std::nullopt;
  };
  out.value = first_of({"value", "indicator", "ioc", "observable"});
  out.type = first_of({"type", "indicator-type", "ioc-type"});
  out.from = first_of({"valid-from"});
  out.until = first_of({"valid-until"});
  return out;
}

// A day ("2026-11-29") counts from its first moment in UTC.
std::optional<WallTime> csv_time(std::string_view text) {
  auto time = parse_rfc3339(text.size() == 10 ? std::string(text) + "T00:00:00Z" : std::string(text));
  return time ? std::optional(*time) : std::nullopt;
}

Result<void> take_row(const CsvRow& row, const CsvColumns& columns, ReadAdvisory& into) {
  auto cell = [&](const std::optional<std::size_t>& column) -> std::string_view {
    return column && *column < row.cells.size() ? std::string_view(row.cells[*column]) : std::string_view();
  };
  const auto origin = fmt::format("line {}", row.line);
  const auto value = cell(columns.value);
  if (csv_word(value).empty()) {
    add_not_used(into, origin, "value", "");
    return {};
  }
  const auto word = csv_word(cell(columns.type));
  const auto known = std::ranges::find(kCsvTypes, word, &CsvType::word);
  if (known == kCsvTypes.end()) {
    add_not_used(into, origin, "type", word);
    return {};
  }
  Indicator out{.origin = origin};
  for (const auto& [column, time] :
       {std::pair(columns.from, &out.valid_from), std::pair(columns.until, &out.valid_until)}) {
    const auto text = cell(column);
    if (csv_word(text).empty()) continue;
    *time = csv_time(text);
    if (!*time) {
      add_not_used(into, origin, "time", text);
      return {};
    }
  }
  bool too_wide = false;
  auto term = csv_term(known->type, value, too_wide);
  if (!term) {
    add_not_used(into, origin, too_wide ? "too_wide" : "value", value);
    return {};
  }
  out.all.push_back(*std::move(term));
  return add_indicator(into, std::move(out));
}

}  // namespace

Result<ReadAdvisory> read_indicator_csv(std::string_view bytes) {
  if (bytes.size() > AdvisoryLimits::kBytes)
    return refuse(ErrorCode::kLimit, "advisory.large",
                  {{"most_mib", std::to_string(AdvisoryLimits::kBytes >> 20)}});
  const auto first_line = bytes.substr(0, bytes.find('\n'));
  const char comma = std::ranges::count(first_line, ';') > std::ranges::count(first_line, ',') ? ';' : ',';
  CsvRows rows(bytes, comma);
  TRY_ASSIGN(auto header, rows.next());
  const auto columns = header ? columns_of(*header) : CsvColumns();
  if (!columns.value) return refuse(ErrorCode::kInvalid, "advisory.csv_header");
  ReadAdvisory out{.format = AdvisoryFormat::kCsv};
  for (std::size_t count = 0;; ++count) {
    TRY_ASSIGN(auto row, rows.next());
    if (!row) return out;
    if (count >= AdvisoryLimits::kObjects)
      return refuse(ErrorCode::kLimit, "advisory.objects",
                    {{"most", std::to_string(AdvisoryLimits::kObjects)}});
    TRY(take_row(*row, columns, out));
  }
}

}  // namespace vedette::desk
