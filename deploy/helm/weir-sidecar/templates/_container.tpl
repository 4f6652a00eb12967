{{/*
The container of every form of Weir. Takes a dict:
  weir          values: image, port, args, env, volumeMounts, resources, livenessProbe
  args, env, volumeMounts   lists that come before those of the values
  more          further fields of the container, such as readinessProbe
The same file is in both charts: `npm run chart` copies it from weir-sidecar.
*/}}
{{- define "weir.container" -}}
{{- $weir := .weir -}}
name: weir
image: {{ include "weir.image" $weir.image | quote }}
imagePullPolicy: {{ $weir.image.pullPolicy }}
{{- with .more }}
{{ toYaml . }}
{{- end }}
args:
  {{- toYaml (concat (list "/etc/weir/weir.yaml") (.args | default list) ($weir.args | default list)) | nindent 2 }}
{{- with concat (.env | default list) ($weir.env | default list) }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: weir-metrics
    containerPort: {{ $weir.port }}
{{- with $weir.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $weir.livenessProbe }}
livenessProbe:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
volumeMounts:
  # The whole folder: a file mounted through subPath never changes.
  - name: weir-config
    mountPath: /etc/weir
    readOnly: true
  {{- with concat (.volumeMounts | default list) ($weir.volumeMounts | default list) }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "weir.image" -}}
{{- $repository := required "image.repository: say where your registry holds Weir's image, like registry.example.com/weir" .repository -}}
{{- if .digest -}}
{{ $repository }}@{{ .digest }}
{{- else -}}
{{ $repository }}:{{ .tag }}
{{- end -}}
{{- end }}

{{/*
The data of Weir's ConfigMap. Takes a dict: `config`, a map as the configuration file has it; `port`;
`files`, more files by name.
*/}}
{{- define "weir.configData" -}}
{{- if hasKey .config "listen" -}}
{{- fail "config.listen: it comes from port" -}}
{{- end -}}
{{- if hasKey (.files | default dict) "weir.yaml" -}}
{{- fail "files: weir.yaml is what config becomes" -}}
{{- end -}}
weir.yaml: |
  # All interfaces, IPv6 and IPv4.
  listen: ":{{ .port }}"
  {{- with .config }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .files }}
{{ toYaml . }}
{{- end }}
{{- end }}
