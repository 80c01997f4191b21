// FieldList: the fields of the event a reader is making, and the bytes that are not in its input as they
// stand (unescaped values, numbers written anew). Cleared for each event, so that its memory is used again.
// Limits: kEventFieldsMax fields, kKeptBytesMax of kept bytes; what is beyond is left out and cut() says so.
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "logs/event.h"

namespace vedette::logs {

class FieldList {
 public:
  static constexpr std::size_t kKeptBytesMax = 4 * kEventBytesMax;

  void clear();
  // `value` is borrowed: it must outlive the event, or be kept. An empty value is not added.
  void add(std::string_view name, std::string_view value, ValueKind kind = ValueKind::kString);
  void add_field(const Field& field) { push(field); }  // borrowed as it is
  void add_empty(std::string_view name) { push({name, "", ValueKind::kString, false}); }
  void add_null(std::string_view name) { push({name, "", ValueKind::kNull, false}); }
  void add_number(std::string_view name, std::int64_t value);
  // `source.address`, and `source.ip` or `source.domain` by what it is. An IPv4 address written as IPv6
  // ("::ffff:192.0.2.1") becomes IPv4. `side`: "source", "destination", "client", "server", "host".
  void add_address(std::string_view side, std::string_view address);

  // A copy that lives until clear(); shorter where the limit is reached.
  std::string_view keep(std::string_view bytes);
  // Room for `size` bytes that live until clear(); null where the limit is reached.
  char* room(std::size_t size);

  std::optional<std::string_view> value(std::string_view name) const;  // of the first of that name
  bool has(std::string_view name) const { return value(name).has_value(); }
  std::span<const Field> fields() const { return fields_; }
  bool cut() const { return cut_; }
  void set_cut() { cut_ = true; }

 private:
  void push(Field field);

  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Field> fields_;
  std::vector<Block> blocks_;
  std::size_t block_ = 0, used_ = 0, kept_ = 0;
  bool cut_ = false;
};

// What kind of address a text is.
bool is_ip_address(std::string_view text);

// A number as logs write it: digits only, no sign, no blank, less than 2^63.
std::optional<std::int64_t> parse_count(std::string_view text);

}  // namespace vedette::logs
