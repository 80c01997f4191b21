// Told: the fields of a JSON object that an agent sent, read within bounds.
//
// The first field that does not fit is remembered and everything read after it is a default: read all fields,
// then ask checked(). Text is valid UTF-8 without NUL, with a stated number of bytes; numbers lie between
// stated bounds. A field that is null counts as missing. Not thread-safe; refers to the object it reads.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/message.h"

namespace vedette::server {

class Told {
 public:
  explicit Told(const boost::json::value& value);  // that it is no object is its first problem

  std::string text(std::string_view field, std::size_t bytes_max, std::size_t bytes_min = 0);
  std::string text_or_empty(std::string_view field, std::size_t bytes_max);  // missing: ""
  std::string one_of(std::string_view field, std::initializer_list<std::string_view> values);
  std::string id(std::string_view field);               // a UUID
  std::string sha256_or_empty(std::string_view field);  // 64 hexadecimal digits
  std::string path(std::string_view field);             // absolute, at most 4,096 bytes
  std::int64_t integer(std::string_view field, std::int64_t least, std::int64_t most);
  double number(std::string_view field);  // finite, from 0; what is beyond 10^15 counts as that
  std::optional<double> number_or_nothing(std::string_view field);  // below 0: not known
  bool boolean(std::string_view field);
  WallTime time(std::string_view field);
  std::optional<WallTime> time_or_nothing(std::string_view field);
  // A sentence of the file watch or of the agent: an agent cannot speak in another's name.
  Message message(std::string_view field);
  std::optional<Message> message_or_nothing(std::string_view field);
  const boost::json::array& list(std::string_view field, std::size_t entries_max);
  const boost::json::value& object(std::string_view field);

  void wrong(std::string_view field, std::string_view what);
  Result<void> checked() const;
  bool well() const { return problem_.empty(); }

 private:
  const boost::json::value* find(std::string_view field, bool may_miss = false);
  const boost::json::object* object_ = nullptr;
  std::string problem_;
};

// Text: valid UTF-8 without NUL.
bool is_told_text(std::string_view text);
// Its key is of the file watch ("files.…") or the agent ("agent.…"), and it is not too large.
bool speaks_of_host(const Message& message);

}  // namespace vedette::server
