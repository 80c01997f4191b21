#include "files/guard/rollback.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <set>

namespace vedette::files {
namespace {

std::unexpected<Error> failed(const std::string& what) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(errno));
}

constexpr std::string_view kHalfWritten = ".vedette-restore-";

bool there(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

class Rollback {
 public:
  explicit Rollback(Vault& vault) : vault_(vault) {}

  void undo(const Deed& deed) {
    switch (deed.kind) {
      case ChangeKind::kCreated:
        return undo_create(deed);
      case ChangeKind::kModified:
        return deed.image == 0 ? no_image(deed) : report(deed.path, put_back(deed));
      case ChangeKind::kRenamed:
        return undo_rename(deed);
      case ChangeKind::kReplaced:
        undo_rename(deed);
        return deed.image == 0 && !deed.pin ? no_image(deed) : report(deed.path, put_back(deed));
      case ChangeKind::kDeleted:
        return deed.image == 0 && !deed.pin ? no_image(deed) : report(deed.path, put_back(deed));
    }
  }

  // The last word on each path counts: what is under it now.
  std::vector<RestoredFile> finish() {
    remove_half_written();
    std::vector<RestoredFile> out;
    std::set<std::string> said;
    for (auto entry = report_.rbegin(); entry != report_.rend(); ++entry) {
      if (!said.insert(entry->path).second) continue;
      auto& file = *entry;
      if (file.ok() && !file.sha256_expected.empty()) {
        UniqueFd now(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        auto hash = now ? sha256_of(now.get()) : Result<std::string>(failed("reading it back"));
        if (hash) file.sha256 = *hash;
        if (!hash) file.error = hash.error().message();
        if (hash && *hash != file.sha256_expected) file.error = "its content is not that of the pre-image";
      }
      if (!file.ok()) file.action = "failed";
      out.push_back(std::move(file));
    }
    std::ranges::reverse(out);
    return out;
  }

 private:
  // A rollback that was killed leaves the file it was writing; nobody else rolls back at the same time.
  void remove_half_written() const {
    std::set<std::filesystem::path> folders;
    for (const auto& entry : report_) folders.insert(std::filesystem::path(entry.path).parent_path());
    for (const auto& folder : folders) {
      std::error_code error;
      for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
           at.increment(error)) {
        auto name = at->path().filename().string();
        std::error_code ignored;
        if (name.starts_with(kHalfWritten) && name.size() > kHalfWritten.size() &&
            name.find_first_not_of("0123456789", kHalfWritten.size()) == std::string::npos &&
            at->symlink_status(ignored).type() == std::filesystem::file_type::regular)
          std::filesystem::remove(at->path(), ignored);
      }
    }
  }

  void report(const std::string& path, Result<RestoredFile> result) {
    RestoredFile file;
    if (!result) {
      file.error = result.error().full();
    } else {
      file = *std::move(result);
    }
    file.path = path;
    report_.push_back(std::move(file));
  }
  void no_image(const Deed& deed) {
    report(deed.path, fail(ErrorCode::kNotFound, "no pre-image was kept of it"));
  }

  // Is the file at `path` the one the deed speaks of? A restored file is another one under the same name.
  bool same(const std::string& path, const FileId& file) const {
    auto now = file_id_of(path);
    if (now.empty() || file.empty()) return !now.empty();
    auto successor = successors_.find(file);
    return now == file || (successor != successors_.end() && now == successor->second);
  }

  // Keeps what is at `path` in the vault; the new place. The file stays where it is.
  Result<std::string> keep_replaced(const std::string& path) {
    UniqueFd from(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!from) return failed("opening what is there now");
    // A rollback that was killed has left names that the numbers of this guard do not know of.
    constexpr int kNamesMax = 10'000;
    std::string to;
    UniqueFd copy;
    for (int i = 0; i < kNamesMax && !copy; ++i) {
      to = vault_.replaced_name(path).string();
      copy = UniqueFd(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
      if (!copy && errno != EEXIST) break;
    }
    if (!copy) return failed("creating " + to);
    auto done = copy_content(from.get(), copy.get());
    if (!done) {
      ::unlink(to.c_str());
      return fail(std::move(done).error(), "keeping what is there now");
    }
    return to;
  }

  // The same with the room that is there: beside it, by renaming.
  Result<std::string> keep_beside(const std::string& path) {
    auto to = fmt::format("{}.before-rollback-{}", path, vault_.next_number());
    if (::rename(path.c_str(), to.c_str()) != 0) return failed("keeping what is there now beside it");
    return to;
  }

  void undo_create(const Deed& deed) {
    RestoredFile file;
    file.action = "created_file_removed";
    if (!there(deed.path) || !same(deed.path, deed.file)) {
      file.action = "already_right";
      return report(deed.path, file);
    }
    auto kept = keep_replaced(deed.path);
    if (!kept) return report(deed.path, std::unexpected(std::move(kept).error()));
    file.moved_to = *kept;
    if (::unlink(deed.path.c_str()) != 0) return report(deed.path, failed("removing it"));
    report(deed.path, file);
  }

  void undo_rename(const Deed& deed) {
    if (deed.old_path.empty() || !there(deed.path) || !same(deed.path, deed.file)) return;
    make_parents(deed.old_path);
    RestoredFile file;
    file.action = "renamed_back";
    if (::renameat2(AT_FDCWD, deed.path.c_str(), AT_FDCWD, deed.old_path.c_str(), RENAME_NOREPLACE) != 0)
      return report(deed.old_path, failed("renaming " + deed.path + " back"));
    // What was said of it under the other name goes with it.
    for (auto& entry : report_) {
      if (entry.path != deed.path) continue;
      file.sha256_expected = entry.sha256_expected;
      file.moved_to = entry.moved_to;
      file.error = entry.error;
    }
    std::erase_if(report_, [&](const auto& entry) { return entry.path == deed.path; });
    file.path = deed.old_path;
    report_.push_back(std::move(file));
  }

  static void make_parents(const std::string& path) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  }

  // The image of the deed; content from the vault or from the pin.
  Result<std::pair<Image, UniqueFd>> content_of(const Deed& deed) {
    if (deed.image != 0) {
      auto image = vault_.image(deed.image);
      if (!image) return fail(ErrorCode::kNotFound, "its pre-image is gone from the vault");
      if (image->ranges) {
        UniqueFd now;
        if (same(deed.path, deed.file))
          now.reset(::open(deed.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        TRY_ASSIGN(auto content, vault_.composed(deed.image, now.get()));
        TRY_ASSIGN(image->sha256, sha256_of(content.get()));
        return std::pair(*std::move(image), std::move(content));
      }
      TRY_ASSIGN(image->sha256, vault_.hash(deed.image));
      TRY_ASSIGN(auto content, vault_.content(deed.image));
      return std::pair(*std::move(image), std::move(content));
    }
    TRY_ASSIGN(auto image, describe(deed.pin->get()));
    TRY_ASSIGN(image.sha256, sha256_of(deed.pin->get()));
    UniqueFd content(::fcntl(deed.pin->get(), F_DUPFD_CLOEXEC, 3));
    if (!content) return failed("using the descriptor held open on it");
    return std::pair(std::move(image), std::move(content));
  }

  Result<RestoredFile> put_back(const Deed& deed) {
    const auto& path = deed.path;
    TRY_ASSIGN(auto source, content_of(deed));
    auto& [image, content] = source;
    RestoredFile file;
    file.action = "restored";
    file.sha256_expected = image.sha256;
    make_parents(path);
    struct stat now{};
    bool present = ::lstat(path.c_str(), &now) == 0;
    if (present && S_ISDIR(now.st_mode)) return fail(ErrorCode::kConflict, "a folder has its name now");
    if (present && S_ISREG(now.st_mode)) {
      UniqueFd current(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
      if (current && static_cast<std::uint64_t>(now.st_size) == image.size) {
        auto hash = sha256_of(current.get());
        if (hash && *hash == image.sha256) {
          file.action = "already_right";
          TRY(apply_metadata(current.get(), image));
          return file;
        }
      }
      auto kept = keep_replaced(path);
      if (kept && now.st_nlink > 1 && current) {
        // Other names share this file: they must see the content come back, too.
        file.moved_to = *kept;
        TRY(write_in_place(content.get(), current.get(), image));
        return file;
      }
      if (!kept) kept = keep_beside(path);
      if (!kept) return std::unexpected(std::move(kept).error());
      file.moved_to = *kept;
    }
    TRY(write_beside_and_rename(content.get(), path, image, deed));
    return file;
  }

  static Result<void> write_in_place(int from, int to, const Image& image) {
    if (::ftruncate(to, 0) != 0) return failed("emptying it");
    auto done = copy_content(from, to);
    if (!done) return std::unexpected(std::move(done).error());
    TRY(apply_metadata(to, image));
    if (::fsync(to) != 0) return failed("syncing it");
    return {};
  }

  Result<void> write_beside_and_rename(int from, const std::string& path, const Image& image,
                                       const Deed& deed) {
    auto folder = std::filesystem::path(path).parent_path().string();
    auto temporary = fmt::format("{}/{}{}", folder, kHalfWritten, vault_.next_number());
    UniqueFd out(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) return failed("creating a file in " + folder);
    auto give_up = [&](Error error) {
      ::unlink(temporary.c_str());
      return std::unexpected(std::move(error));
    };
    if (auto done = copy_content(from, out.get()); !done) return give_up(std::move(done).error());
    if (auto done = apply_metadata(out.get(), image); !done) return give_up(std::move(done).error());
    if (::fsync(out.get()) != 0) return give_up(failed("syncing it").error());
    auto made = file_id_of(out.get());
    if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(failed("putting it in place").error());
    successors_[deed.kind == ChangeKind::kReplaced ? deed.replaced : deed.file] = made;
    UniqueFd parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent) ::fsync(parent.get());
    return {};
  }

  Vault& vault_;
  std::vector<RestoredFile> report_;
  std::map<FileId, FileId> successors_;
};

}  // namespace

std::vector<RestoredFile> roll_back(Vault& vault, std::vector<Deed> deeds) {
  std::ranges::sort(deeds, {}, &Deed::number);
  // An image is put back where the first deed it belongs to happened.
  std::set<std::uint64_t> images;
  std::erase_if(deeds, [&](const Deed& deed) {
    return deed.kind == ChangeKind::kModified && deed.image != 0 && !images.insert(deed.image).second;
  });
  Rollback rollback(vault);
  for (auto deed = deeds.rbegin(); deed != deeds.rend(); ++deed) rollback.undo(*deed);
  return rollback.finish();
}

std::vector<std::uint64_t> undone_of(const std::vector<Deed>& deeds, const std::vector<RestoredFile>& files) {
  std::set<std::string> failed;
  for (const auto& file : files)
    if (!file.ok()) failed.insert(file.path);
  std::vector<std::uint64_t> out;
  for (const auto& deed : deeds)
    if (!failed.contains(deed.path) && !failed.contains(deed.old_path)) out.push_back(deed.number);
  return out;
}

}  // namespace vedette::files
