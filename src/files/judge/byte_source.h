// ByteSource: positioned reads from a file or from memory, within a budget, for code that walks foreign
// bytes.
//
// Reading past the end or past the budget gives fewer bytes; the helpers then give 0, so that a walker needs
// no error path for each field. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::files {

class ByteSource {
 public:
  // `fd` is borrowed and must stay open; `size` is the file's.
  ByteSource(int fd, std::uint64_t size, std::uint64_t budget) : fd_(fd), size_(size), budget_(budget) {}
  ByteSource(std::string_view memory, std::uint64_t budget)
      : memory_(memory), size_(memory.size()), budget_(budget) {}

  std::uint64_t size() const { return size_; }
  std::uint64_t budget() const { return budget_; }
  // True once something could not be read for want of budget.
  bool exhausted() const { return exhausted_; }
  // A read failed (the file shrank meanwhile, or an I/O error).
  bool failed() const { return failed_; }
  // The bytes at `offset`, at most `count`.
  std::string take(std::uint64_t offset, std::size_t count);

 private:
  int fd_ = -1;
  std::string_view memory_;
  std::uint64_t size_ = 0;
  std::uint64_t budget_ = 0;
  bool exhausted_ = false;
  bool failed_ = false;
};

// Unsigned integers in a buffer; 0 where it is too short.
std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t width);
std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width);

}  // namespace vedette::files
