// Something that should not be: ends the case at hand, not the run.
#pragma once

#include <stdexcept>
#include <string>

namespace datablock::step {

class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void expect(bool condition, const std::string& otherwise) {
  if (!condition) {
    throw Failure(otherwise);
  }
}

}  // namespace datablock::step
