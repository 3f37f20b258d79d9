"""What customers answer: scores of surveys with what may be believed of them, by group and wave, and who answers."""
