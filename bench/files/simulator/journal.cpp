#include "simulator/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <stdexcept>

namespace vedette::simulator {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

long long wall_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

Journal::Journal(const std::string& path)
    : fd_(path.empty() ? STDOUT_FILENO
                       : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (fd_ < 0) throw std::runtime_error("cannot write the journal " + path);
}

void Journal::line(const std::string& text) const {
  if (::write(fd_, text.data(), text.size()) < 0) ::_exit(3);
}

void Journal::key(std::string_view cipher, std::string_view key_hex) const {
  line(fmt::format("{{\"event\":\"key\",\"cipher\":{},\"key\":{}}}\n", quoted(cipher), quoted(key_hex)));
}

void Journal::process() const {
  line(fmt::format("{{\"event\":\"process\",\"pid\":{},\"session\":{}}}\n", ::getpid(), ::getsid(0)));
}

void Journal::event(std::string_view what, const std::string& path) const {
  line(fmt::format("{{\"event\":{},\"path\":{},\"at_ns\":{},\"pid\":{}}}\n", quoted(what), quoted(path),
                   wall_ns(), ::getpid()));
}

}  // namespace vedette::simulator
