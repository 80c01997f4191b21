// Copying a live database and putting a copy back. The steps are ordered so that a crash at any moment leaves
// either the old state or the new one, and never a half-written file under its final name.
#pragma once

#include "store/database.h"

namespace vedette::store {

// Every page, every index, every foreign key of the file at `path`. kCorrupt names the first thing that is
// wrong.
Result<void> check_sqlite(const std::filesystem::path& path);

}  // namespace vedette::store
