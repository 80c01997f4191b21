// Journal: one JSON object a line of what the simulator did and when. Each line is one write to a file opened
// for appending, so that lines of threads and processes do not mix and none is lost when they are frozen.
#pragma once

#include <string>
#include <string_view>

namespace vedette::simulator {

class Journal {
 public:
  explicit Journal(const std::string& path);  // "": standard output; throws std::runtime_error
  void key(std::string_view cipher, std::string_view key_hex) const;
  void process() const;  // the caller's process takes part
  void event(std::string_view what, const std::string& path) const;

 private:
  void line(const std::string& text) const;
  int fd_;
};

}  // namespace vedette::simulator
