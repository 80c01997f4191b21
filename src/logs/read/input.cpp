#include "logs/read/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/assert.h"
#include "logs/read/decompress.h"

namespace vedette::logs {

namespace {
constexpr std::size_t kBlockBytes = 256 * 1024;
}

struct Input::State {
  int fd = -1;  // -1: what `memory` holds
  std::string memory;
  std::size_t memory_at = 0;
  InputLimits limits;
  InputCounters counters;
  std::string name;

  bool begun = false, stored_end = false;
  std::string_view compression;
  std::unique_ptr<Decompressor> decompressor;
  std::vector<char> block;  // as stored
  std::size_t block_at = 0, block_end = 0;
  std::vector<char> peeked;
  std::size_t peeked_at = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (fd > 2) ::close(fd);
  }

  Result<std::size_t> read_stored(std::span<char> out) {
    std::size_t count = 0;
    if (fd < 0) {
      count = std::min(out.size(), memory.size() - memory_at);
      std::memcpy(out.data(), memory.data() + memory_at, count);
      memory_at += count;
    } else {
      ssize_t got = 0;
      do {
        got = ::read(fd, out.data(), out.size());
      } while (got < 0 && errno == EINTR);
      if (got < 0) return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", name, std::strerror(errno)));
      count = static_cast<std::size_t>(got);
    }
    counters.bytes_in += count;
    stored_end = stored_end || count == 0;
    return count;
  }

  // The block has at least `wanted` bytes unless the input is shorter.
  Result<void> fill_block(std::size_t wanted) {
    if (block_at > 0) {
      std::memmove(block.data(), block.data() + block_at, block_end - block_at);
      block_end -= block_at;
      block_at = 0;
    }
    while (block_end < wanted && !stored_end) {
      TRY_ASSIGN(const std::size_t count, read_stored(std::span(block).subspan(block_end)));
      block_end += count;
    }
    return {};
  }

  Result<void> begin() {
    if (begun) return {};
    begun = true;
    block.resize(kBlockBytes);
    TRY(fill_block(6));
    compression = compression_of({block.data(), block_end});
    decompressor = make_decompressor(compression);
    return {};
  }

  Result<std::size_t> read_out(std::span<char> out) {
    TRY(begin());
    std::size_t count = 0;
    if (decompressor) {
      TRY_ASSIGN(count, expand(out));
    } else if (block_at < block_end) {
      count = std::min(out.size(), block_end - block_at);
      std::memcpy(out.data(), block.data() + block_at, count);
      block_at += count;
    } else {
      TRY_ASSIGN(count, read_stored(out));
    }
    counters.bytes_out += count;
    return count;
  }

  Result<std::size_t> expand(std::span<char> out) {
    for (;;) {
      if (block_at == block_end && !stored_end) TRY(fill_block(1));
      auto step = decompressor->run({block.data() + block_at, block_end - block_at}, out);
      if (!step) return fail(std::move(step).error(), name);
      block_at += step->taken;
      if (step->given > 0) {
        TRY(within_limits(step->given));
        return step->given;
      }
      if (block_at == block_end && stored_end) {
        // xz tells its end only when it is asked once more.
        if (step->taken > 0) continue;
        if (decompressor->complete()) return 0;
        return fail(ErrorCode::kCorrupt, fmt::format("{}: the {} data ends early", name, compression));
      }
      if (step->taken == 0 && block_at < block_end) {
        const std::size_t left = block_end - block_at;
        if (stored_end || left == block.size()) {
          return fail(ErrorCode::kCorrupt, fmt::format("{}: the {} data is damaged", name, compression));
        }
        TRY(fill_block(left + 1));
      }
    }
  }

  Result<void> within_limits(std::size_t more) const {
    const std::uint64_t out = counters.bytes_out + more;
    if (out > limits.expanded_bytes_max) {
      return fail(ErrorCode::kLimit,
                  fmt::format("{}: expands to more than {} bytes", name, limits.expanded_bytes_max));
    }
    if (out > limits.ratio_free_bytes &&
        out / std::max<std::uint64_t>(counters.bytes_in, 1) > limits.ratio_max) {
      return fail(ErrorCode::kLimit, fmt::format("{}: expands more than {} times: a decompression bomb", name,
                                                 limits.ratio_max));
    }
    return {};
  }
};

Input::Input(std::unique_ptr<State> state) : state_(std::move(state)) {}
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;
Input::~Input() = default;

Result<Input> Input::open(const std::string& path, const InputLimits& limits) {
  auto state = std::make_unique<State>();
  state->limits = limits;
  state->name = path == "-" ? "standard input" : path;
  state->fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (state->fd < 0) {
    const ErrorCode code = errno == ENOENT   ? ErrorCode::kNotFound
                           : errno == EACCES ? ErrorCode::kForbidden
                                             : ErrorCode::kUnavailable;
    return fail(code, fmt::format("{}: {}", path, std::strerror(errno)));
  }
  struct stat status{};
  if (::fstat(state->fd, &status) == 0) {
    if (S_ISDIR(status.st_mode)) return fail(ErrorCode::kInvalid, path + ": is a folder");
    if (S_ISREG(status.st_mode)) state->counters.size = static_cast<std::uint64_t>(status.st_size);
  }
  return Input(std::move(state));
}

Input Input::of(std::string bytes, const InputLimits& limits) {
  auto state = std::make_unique<State>();
  state->limits = limits;
  state->name = "memory";
  state->counters.size = bytes.size();
  state->memory = std::move(bytes);
  return Input(std::move(state));
}

Result<std::string_view> Input::peek() {
  VEDETTE_ASSERT(state_->peeked_at == 0);
  std::vector<char>& peeked = state_->peeked;
  if (peeked.empty()) {
    peeked.resize(kPeekBytesMax);
    std::size_t size = 0;
    while (size < kPeekBytesMax) {
      TRY_ASSIGN(const std::size_t count, state_->read_out(std::span(peeked).subspan(size)));
      if (count == 0) break;
      size += count;
      // A pipe that trickles must not wait for 64 KiB.
      if (state_->counters.size == 0 && std::memchr(peeked.data(), '\n', size) != nullptr) break;
    }
    peeked.resize(size);
  }
  return std::string_view(peeked.data(), peeked.size());
}

Result<std::size_t> Input::read(std::span<char> out) {
  VEDETTE_ASSERT(!out.empty());
  std::vector<char>& peeked = state_->peeked;
  if (state_->peeked_at < peeked.size()) {
    const std::size_t count = std::min(out.size(), peeked.size() - state_->peeked_at);
    std::memcpy(out.data(), peeked.data() + state_->peeked_at, count);
    state_->peeked_at += count;
    return count;
  }
  return state_->read_out(out);
}

const InputCounters& Input::counters() const { return state_->counters; }
std::string_view Input::compression() const { return state_->compression; }

}  // namespace vedette::logs
