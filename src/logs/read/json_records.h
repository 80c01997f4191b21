// JsonRecords: the JSON objects of an input, one after the other, as text; json_event.h reads each.
//
// Told by the first bytes: one object a line (NDJSON); or a document: a list of objects, objects one behind
// the other over several lines, or one object that holds the list ({"Records": [...]}, as cloud services
// write it). In a document, objects are found by counting brackets outside strings.
//
// Streaming: an object is held whole, at most kEventBytesMax of it; what is beyond is passed over, and the
// record says so. Bytes between objects that are no part of a list are a record of their own, so that they
// are counted. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logs/event.h"
#include "logs/read/input.h"
#include "logs/read/line_source.h"

namespace vedette::logs {

struct JsonRecord {
  std::string_view text;       // valid until the next call
  std::uint64_t position = 0;  // line, or number of the object; from 1
  bool cut = false;
};

// What the first bytes of an input say.
struct JsonLayout {
  bool lines = true;
  std::size_t skip = 0;  // bytes before the first object: byte order mark, the list's beginning
};
JsonLayout json_layout(std::string_view head);
// Whether the input looks like JSON objects at all.
bool like_json(std::string_view head);

class JsonRecords {
 public:
  static Result<JsonRecords> open(Input input, std::size_t record_bytes_max = kEventBytesMax);

  Result<std::optional<JsonRecord>> next();  // nothing: the end
  const Input& input() const { return lines_ ? lines_->input() : *input_; }

 private:
  explicit JsonRecords(std::size_t record_bytes_max) : record_bytes_max_(record_bytes_max) {}
  Result<std::optional<JsonRecord>> next_object();
  Result<bool> fill();  // false: the end

  std::size_t record_bytes_max_;
  std::unique_ptr<LineSource> lines_;
  std::unique_ptr<Input> input_;
  std::vector<char> buffer_, kept_;  // kept_: the beginning of an object that goes on in the next buffer
  std::size_t at_ = 0, end_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace vedette::logs
