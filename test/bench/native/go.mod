module benchtools

go 1.22
