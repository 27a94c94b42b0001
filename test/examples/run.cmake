execute_process(COMMAND "${program}" OUTPUT_VARIABLE printed RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${program} ended with ${code}, having printed:\n${printed}")
endif()
# HTTP's answers say when they were written.
string(REGEX REPLACE "Date: [A-Z][a-z][a-z], [0-9]+ [A-Z][a-z][a-z] [0-9]+ [0-9:]+ GMT" "Date: now"
  printed "${printed}")
file(READ "${expected}" wanted)
if(NOT printed STREQUAL wanted)
  message(FATAL_ERROR "${program} printed:\n${printed}\ninstead of:\n${wanted}")
endif()
