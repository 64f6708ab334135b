// Result codes. Hot paths return a Status; cold paths (create, attach, recover) throw Error, which carries
// the details of the case. The C ABI and the addon turn both into their own kind of error.
#pragma once

#include <cstdint>
#include <exception>
#include <span>
#include <string>

namespace datablock {

/// Every code of errors.def; `OK` is 0. Numbers are stable.
enum class Status : int {
  OK = 0,
#define DATABLOCK_ERROR(number, name, exit_code, sentence, advice) name = (number),
#include "errors.def"
#undef DATABLOCK_ERROR
};

/// One row of the catalogue (errors.def says what the fields mean).
struct CatalogueEntry {
  Status status;
  const char* name;
  int exit_code;
  const char* sentence;
  const char* advice;
};

/// All rows, in order of their numbers.
std::span<const CatalogueEntry> error_catalogue();

/// The row of one code; the row of INTERNAL for a number that is none.
const CatalogueEntry& catalogue_entry(Status status);

/// A failure of a cold path: what() is the catalogue's sentence followed by this case's details.
class Error : public std::exception {
 public:
  explicit Error(Status status, const std::string& detail = {}, int os_error = 0);

  Status status() const noexcept { return status_; }
  /// errno of the call that failed, or 0.
  int os_error() const noexcept { return os_error_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Status status_;
  int os_error_;
  std::string message_;
};

/// The time-out ran out.
class TimeoutError : public Error {
 public:
  using Error::Error;
};

/// Every producer has ended its stream.
class EndOfStreamError : public Error {
 public:
  using Error::Error;
};

/// Throws the exception of `status`, which is not OK: TimeoutError, EndOfStreamError, else Error.
[[noreturn]] void throw_status(Status status, const std::string& detail = {});

inline void throw_unless_ok(Status status) {
  if (status != Status::OK) [[unlikely]] {
    throw_status(status);
  }
}

}  // namespace datablock
