#include "core/status.hpp"

#include <cstring>

namespace datablock {
namespace {

constexpr CatalogueEntry kCatalogue[] = {
#define DATABLOCK_ERROR(number, name, exit_code, sentence, advice) \
  {Status::name, #name, exit_code, sentence, advice},
#include "core/errors.def"
#undef DATABLOCK_ERROR
};

std::string compose(Status status, const std::string& detail, int os_error) {
  std::string text = catalogue_entry(status).sentence;
  if (!detail.empty()) {
    text += " " + detail;
  }
  if (os_error != 0) {
    text += std::string(" (") + std::strerror(os_error) + ")";
  }
  return text;
}

}  // namespace

std::span<const CatalogueEntry> error_catalogue() {
  return kCatalogue;
}

const CatalogueEntry& catalogue_entry(Status status) {
  for (const CatalogueEntry& entry : kCatalogue) {
    if (entry.status == status) {
      return entry;
    }
  }
  return std::end(kCatalogue)[-1];
}

Error::Error(Status status, const std::string& detail, int os_error)
    : status_(status), os_error_(os_error), message_(compose(status, detail, os_error)) {}

void throw_status(Status status, const std::string& detail) {
  switch (status) {
    case Status::TIMEOUT:
      throw TimeoutError(status, detail);
    case Status::END_OF_STREAM:
      throw EndOfStreamError(status, detail);
    default:
      throw Error(status, detail);
  }
}

}  // namespace datablock
